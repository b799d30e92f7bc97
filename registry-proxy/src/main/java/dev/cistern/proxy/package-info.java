/**
 * The cache. {@link dev.cistern.proxy.PullThroughCache} answers pulls from its storage, and fetches
 * content that is not cached from an upstream registry, once. The path of a request:
 *
 * <pre>
 * PullThroughCache -> manifest (by digest or tag) -> memory, storage, or one upstream request
 *                  -> blob -> memory, storage, or fetch: one transfer into a file that all readers follow
 * </pre>
 *
 * <p>Memory answers on the calling thread. Storage is read on separate threads.
 *
 * <p>Package {@code content} has the answers, {@code event} their statuses and the listener, {@code
 * policy} the operator's decisions, {@code upstream} the client of the upstream registry, {@code
 * credential} the sources of its credentials, and {@code maintenance} the work on a store.
 */
@NullMarked
package dev.cistern.proxy;

import org.jspecify.annotations.NullMarked;
