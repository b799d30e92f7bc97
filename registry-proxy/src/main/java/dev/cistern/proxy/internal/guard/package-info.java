/**
 * What is between the cache and an upstream that is down, overloaded or asked in vain. {@link
 * dev.cistern.proxy.internal.guard.GuardedUpstream} stops asking an upstream that fails, or that
 * asked to be left alone, and finds out by itself when that is over; {@link
 * dev.cistern.proxy.internal.guard.NegativeCachingUpstream} remembers for a short while what does
 * not exist.
 */
@NullMarked
package dev.cistern.proxy.internal.guard;

import org.jspecify.annotations.NullMarked;
