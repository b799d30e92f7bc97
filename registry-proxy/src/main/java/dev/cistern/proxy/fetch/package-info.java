/**
 * Single-flight blob transfers. {@link dev.cistern.proxy.fetch.BlobFetches} keeps at most one
 * transfer a digest on its way and lets any number of readers follow it: a {@code BlobFetch} copies
 * the upstream's body into a spool file and tells how far it is ({@code FetchProgress}); each
 * reader is a {@code FollowedBlob} over that same file. What the upstream sends is received on a
 * thread of its own meanwhile ({@code ReadAheadBlob}).
 */
@NullMarked
package dev.cistern.proxy.fetch;

import org.jspecify.annotations.NullMarked;
