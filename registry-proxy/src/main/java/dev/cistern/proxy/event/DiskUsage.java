package dev.cistern.proxy.event;

/**
 * What a cache uses.
 *
 * @param contents how many blobs and manifests are kept
 * @param bytes how many bytes these have
 * @param used how many bytes count for the limits: those, what they cost besides, and transfers on
 *     their way
 * @param indexed whether all that was there at the start has been counted
 */
public record DiskUsage(long contents, long bytes, long used, boolean indexed) {}
