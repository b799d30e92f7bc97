/** What happened: one word for every answer, and one listener for everything else. */
@NullMarked
package dev.cistern.proxy.event;

import org.jspecify.annotations.NullMarked;
