/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.examples.embedded;

import org.jspecify.annotations.NullMarked;
