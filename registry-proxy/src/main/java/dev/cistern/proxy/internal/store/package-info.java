/**
 * The disk stays bounded, and a failing one fails no client. {@link
 * dev.cistern.proxy.internal.store.BoundedStore} is the way in: a content store within {@link
 * dev.cistern.proxy.policy.Limits}, of which a transfer asks {@link
 * dev.cistern.proxy.internal.store.Room}.
 *
 * <p>{@code ContentIndex} knows what is cached and when it was used. {@code EvictionPolicy} chooses
 * what to evict, {@code Evictor} deletes it, except what {@code ContentLocks} says is in use.
 * {@code Space} asks for that when a transfer does not fit, {@code Sweeper} each minute. {@code
 * Pins} are never evicted. {@link dev.cistern.proxy.internal.store.SingleSweep} does all of it
 * once, on request. {@code LastUseWriter} and {@code Indexing} write to the store, and read from
 * it, what the index would forget with the process: there is no file that holds it.
 *
 * <p>{@link dev.cistern.proxy.internal.store.StorageFaults} counts what storage could not do, and
 * tells the log now and then.
 */
@NullMarked
package dev.cistern.proxy.internal.store;

import org.jspecify.annotations.NullMarked;
