package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.policy.EvictionReason;

/**
 * One content that is to go.
 *
 * @param id of its entry, see {@link EvictionCandidates}
 * @param cost what going gives back, in bytes
 * @param lastUse when it was used last, in milliseconds since the epoch
 */
record Eviction(int id, long cost, long lastUse, EvictionReason reason) {}
