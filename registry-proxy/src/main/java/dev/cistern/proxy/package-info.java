/**
 * The cache. {@link dev.cistern.proxy.PullThroughCache} answers every pull from its storage and
 * fetches what it lacks from an upstream registry, once. The way of a request:
 *
 * <pre>
 * PullThroughCache -> manifest (by digest, or what a tag means) -> hot, storage, or one upstream request
 *                  -> blob -> hot, storage, or fetch: one transfer into a growing file that all follow
 * </pre>
 *
 * <p>{@code hot} is memory, and answers at once. To look into {@code storage} is the business of
 * threads that do nothing else.
 *
 * <p>{@code content} is what comes back, {@code upstream} is the client of the upstream registry,
 * {@code credential} is where its credentials may come from.
 */
@NullMarked
package dev.cistern.proxy;

import org.jspecify.annotations.NullMarked;
