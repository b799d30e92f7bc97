/** Tells the listeners of a cache what happens. */
@NullMarked
package dev.cistern.proxy.internal.event;

import org.jspecify.annotations.NullMarked;
