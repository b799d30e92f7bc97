/** A registry and an image for the tests of the examples. */
@NullMarked
package dev.cistern.examples.testing;

import org.jspecify.annotations.NullMarked;
