/** Tests of the files in {@code deploy}. */
@NullMarked
package dev.cistern.examples.deploy;

import org.jspecify.annotations.NullMarked;
