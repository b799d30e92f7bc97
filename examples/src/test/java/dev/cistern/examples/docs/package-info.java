/** What the pages in {@code docs} print, held against this module. */
@NullMarked
package dev.cistern.examples.docs;

import org.jspecify.annotations.NullMarked;
