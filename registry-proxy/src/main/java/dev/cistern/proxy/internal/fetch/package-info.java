/**
 * Single-flight blob transfers. {@link dev.cistern.proxy.internal.fetch.BlobFetches} runs at most
 * one transfer for each digest, which any number of readers follow. A {@code BlobFetch} copies the
 * upstream's body into a spool file and publishes how much is readable ({@code FetchProgress});
 * each reader is a {@code FollowedBlob} over that file. {@code WithheldEnd} keeps the last bytes
 * from readers until the digest is verified. Large bodies are received on a second thread ({@code
 * ReadAheadBlob}), and pieces of them over {@code MoreConnections}: {@code Pieces} says who
 * receives which bytes, {@code Pace} how many connections help. When the disk fails, each reader
 * gets its own {@code RelayedBlob}.
 */
@NullMarked
package dev.cistern.proxy.internal.fetch;

import org.jspecify.annotations.NullMarked;
