/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.examples.striped;

import org.jspecify.annotations.NullMarked;
