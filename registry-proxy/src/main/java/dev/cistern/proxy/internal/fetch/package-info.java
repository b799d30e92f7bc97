/**
 * Single-flight blob transfers. {@link dev.cistern.proxy.internal.fetch.BlobFetches} runs at most
 * one transfer for each digest and lets any number of readers follow it: a {@code BlobFetch} copies
 * the upstream's body into a spool file and tells how far it is ({@code FetchProgress}); each
 * reader is a {@code FollowedBlob} over that same file. What the upstream sends is received on a
 * thread of its own meanwhile ({@code ReadAheadBlob}).
 */
@NullMarked
package dev.cistern.proxy.internal.fetch;

import org.jspecify.annotations.NullMarked;
