package dev.cistern.proxy.evict;

/**
 * What content costs on disk, which is more than its bytes: it stands in a directory of its own,
 * some repository has a link to it, in a directory too, and its last block is not full. That makes
 * four blocks of 4 KiB, counted for every content alike; measuring would cost more than it tells.
 * Tags and the links of further repositories are not counted.
 */
final class Costs {

  static final long OVERHEAD = 4 * 4096;

  private Costs() {}

  static long of(long size) {
    return size + OVERHEAD;
  }
}
