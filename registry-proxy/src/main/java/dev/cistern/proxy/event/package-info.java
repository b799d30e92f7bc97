/**
 * What happened. {@link dev.cistern.proxy.event.CacheStatus} says how one answer came about, {@link
 * dev.cistern.proxy.event.CacheListener} is told of everything, and the other types are what these
 * two speak of.
 */
@NullMarked
package dev.cistern.proxy.event;

import org.jspecify.annotations.NullMarked;
