/**
 * Single-flight blob transfers. {@link dev.cistern.proxy.internal.fetch.BlobFetches} runs at most
 * one transfer for each digest, which any number of readers follow. A {@code BlobFetch} copies the
 * upstream's body into a spool file and publishes how much is readable ({@code FetchProgress});
 * each reader is a {@code FollowedBlob} over that file. {@code WithheldEnd} keeps the last bytes
 * from readers until the digest is verified. Large bodies are received on a second thread ({@code
 * ReadAheadBlob}), and pieces of them over {@code MoreConnections}: {@code Pieces} says who
 * receives which bytes, {@code Pace} how many connections help. When the disk fails, each reader
 * gets its own {@code RelayedBlob}.
 *
 * <p>{@link dev.cistern.proxy.internal.fetch.RangeFetches} fetch only the bytes that clients ask
 * for: each {@code PartReader} of a {@code PartialBlob} waits for {@code PieceFetch}es, which write
 * into its {@code PartialFile}. {@link dev.cistern.proxy.internal.fetch.SpoolDirectory} has the
 * files of both, and {@code SpoolTakeover} brings it those of caches that have ended.
 */
@NullMarked
package dev.cistern.proxy.internal.fetch;

import org.jspecify.annotations.NullMarked;
