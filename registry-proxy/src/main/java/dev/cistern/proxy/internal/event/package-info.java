/** Passes events to the listeners of a cache. */
@NullMarked
package dev.cistern.proxy.internal.event;

import org.jspecify.annotations.NullMarked;
