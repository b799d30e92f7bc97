/** Tests of the libraries and the examples on the module path. */
@NullMarked
package dev.cistern.examples.modules;

import org.jspecify.annotations.NullMarked;
