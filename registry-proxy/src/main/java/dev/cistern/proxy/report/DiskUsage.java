package dev.cistern.proxy.report;

/**
 * How much of the disk a cache uses.
 *
 * @param contents how many blobs and manifests are cached
 * @param bytes the sum of their sizes
 * @param used how many bytes count for the limits: these, their overhead on disk, and transfers in
 *     progress
 * @param indexed whether all content that existed at the start is counted
 */
public record DiskUsage(long contents, long bytes, long used, boolean indexed) {}
