/**
 * What stands between the cache and an upstream that is absent, overloaded or asked in vain. {@link
 * dev.cistern.proxy.guard.GuardedUpstream} stops asking an upstream that does not work, or that
 * asked to be left alone, and finds out by itself when that is over; {@link
 * dev.cistern.proxy.guard.RememberingUpstream} remembers for a short while what does not exist.
 */
@NullMarked
package dev.cistern.proxy.guard;

import org.jspecify.annotations.NullMarked;
