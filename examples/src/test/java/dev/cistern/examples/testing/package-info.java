/** What the tests of the examples pull from, and what they pull. */
@NullMarked
package dev.cistern.examples.testing;

import org.jspecify.annotations.NullMarked;
