/**
 * What happens in a cache. {@link dev.cistern.proxy.event.CacheStatus} says how one request was
 * handled, {@link dev.cistern.proxy.event.CacheListener} gets all events, and the other types are
 * their parameters.
 */
@NullMarked
package dev.cistern.proxy.event;

import org.jspecify.annotations.NullMarked;
