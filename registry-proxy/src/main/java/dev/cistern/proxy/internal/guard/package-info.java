/**
 * Protects the cache from an upstream that fails, and the upstream from needless calls. {@link
 * dev.cistern.proxy.internal.guard.UpstreamGuard} is the entry. {@code GuardedUpstream} stops
 * calling an upstream that fails or that answers 429, and probes it until it answers again; {@code
 * NegativeCachingUpstream} remembers for a short time what does not exist; {@code ObservedUpstream}
 * reports and logs calls. {@code GuardedHost} decides whether to send requests to a host that is
 * not the registry.
 */
@NullMarked
package dev.cistern.proxy.internal.guard;

import org.jspecify.annotations.NullMarked;
