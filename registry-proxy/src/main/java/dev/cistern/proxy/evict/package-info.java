/**
 * The disk stays bounded. {@link dev.cistern.proxy.evict.BoundedStore} is the way in: a content
 * store within {@link dev.cistern.proxy.evict.Limits}, of which a transfer asks {@link
 * dev.cistern.proxy.evict.Room}.
 *
 * <p>{@code ContentIndex} knows what is kept and when it was used. {@code EvictionPolicy} chooses
 * what goes, {@code Evictor} deletes it, and keeps off what {@code Holds} says is needed. {@code
 * Space} asks for that when a transfer does not fit, {@code Sweeper} each minute. {@code Pins} are
 * what never goes. {@link dev.cistern.proxy.evict.SingleSweep} does all of it once, for somebody
 * who asks and watches. {@code Recency} and {@code Indexing} write to the store, and read from it,
 * what the index would else forget with the process: there is no file that holds it.
 */
@NullMarked
package dev.cistern.proxy.evict;

import org.jspecify.annotations.NullMarked;
