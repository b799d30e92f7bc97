package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.policy.EvictionReason;

/**
 * Content chosen for eviction.
 *
 * @param id the id of its entry, see {@link EvictionCandidates}
 * @param cost how many bytes of disk eviction frees
 * @param lastUse when it was used last, in milliseconds since the epoch
 */
record Eviction(int id, long cost, long lastUse, EvictionReason reason) {}
