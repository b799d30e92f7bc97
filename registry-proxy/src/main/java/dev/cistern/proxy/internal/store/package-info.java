/**
 * Storage within limits. {@link dev.cistern.proxy.internal.store.BoundedStore} is the entry: a
 * content store within {@link dev.cistern.proxy.policy.Limits}, which reserves {@link
 * dev.cistern.proxy.internal.store.Room} for transfers.
 *
 * <p>{@code ContentIndex} knows what is cached and when it was used. {@code EvictionPolicy} chooses
 * what to evict, {@code EvictionChooser} lets it choose from what {@code ContentLocks} does not say
 * is in use, and {@code Evictor} evicts it in turns; {@code Deletion} deletes one content. {@code
 * Space} starts this when a transfer does not fit, {@code Sweeper} each minute. What {@code
 * PinnedContent} finds is never evicted. {@link dev.cistern.proxy.internal.store.SingleSweep} does
 * all of it once, on request, without a cache; {@code GarbageSweep} is what both have in common.
 * There is no file for the index: {@code LastUseWriter} stores the times of last use as
 * modification times, and {@code Indexing} reads them from a listing.
 *
 * <p>{@link dev.cistern.proxy.internal.store.StorageFaults} reports failures of storage. None of
 * them fails a client that the upstream can serve.
 */
@NullMarked
package dev.cistern.proxy.internal.store;

import org.jspecify.annotations.NullMarked;
