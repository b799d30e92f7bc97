/**
 * Storage within limits. {@link dev.cistern.proxy.internal.store.BoundedStore} is the entry: a
 * content store within {@link dev.cistern.proxy.policy.Limits}, which reserves {@link
 * dev.cistern.proxy.internal.store.Room} for transfers.
 *
 * <p>{@code ContentIndex} knows what is cached and when it was used. {@code EvictionPolicy} chooses
 * what to evict, and {@code Evictor} deletes it, except content that {@code ContentLocks} says is
 * in use. {@code Space} starts this when a transfer does not fit, {@code Sweeper} each minute.
 * {@code Pins} are never evicted. {@link dev.cistern.proxy.internal.store.SingleSweep} does all of
 * it once, on request, without a cache; {@code GarbageSweep} is what both have in common. There is
 * no file for the index: {@code LastUseWriter} stores the times of last use as modification times,
 * and {@code Indexing} reads them from a listing.
 *
 * <p>{@link dev.cistern.proxy.internal.store.StorageFaults} reports failures of storage. None of
 * them fails a client that the upstream can serve.
 */
@NullMarked
package dev.cistern.proxy.internal.store;

import org.jspecify.annotations.NullMarked;
