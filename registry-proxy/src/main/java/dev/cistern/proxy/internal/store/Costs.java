package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.event.DiskUsage;

/**
 * What content costs on disk, which is more than its bytes: it stands in a directory of its own,
 * some repository has a link to it, in a directory too, and its last block is not full. That makes
 * four blocks of 4 KiB, counted for every content alike; measuring would cost more than it tells.
 * Tags and the links of further repositories are not counted.
 */
public final class Costs {

  static final long OVERHEAD = 4 * 4096;

  private Costs() {}

  /**
   * What a store that was listed as a whole uses.
   *
   * @param contents how many blobs and manifests there are
   * @param bytes their size together
   * @param unfinished how many bytes are in unfinished transfers
   */
  public static DiskUsage usage(long contents, long bytes, long unfinished) {
    return new DiskUsage(contents, bytes, bytes + contents * OVERHEAD + unfinished, true);
  }

  static long of(long size) {
    return size + OVERHEAD;
  }
}
