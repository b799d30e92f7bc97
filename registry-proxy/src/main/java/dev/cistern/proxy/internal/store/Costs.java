package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.report.DiskUsage;

/**
 * How much of the disk content takes, which is more than its bytes: it has a directory, a
 * repository has a link to it in another directory, and its last block is not full. These are
 * counted as four blocks of 4 KiB for all content, because measuring would be slow. Tags and the
 * links of further repositories are not counted.
 */
public final class Costs {

  static final long OVERHEAD = 4 * 4096;

  private Costs() {}

  /**
   * The usage of a store that was listed completely.
   *
   * @param contents how many blobs and manifests there are
   * @param bytes the sum of their sizes
   * @param unfinished how many bytes are in unfinished transfers
   */
  public static DiskUsage usage(long contents, long bytes, long unfinished) {
    return new DiskUsage(contents, bytes, bytes + contents * OVERHEAD + unfinished, true);
  }

  static long of(long size) {
    return size + OVERHEAD;
  }
}
