package dev.cistern.proxy.internal.fetch;

import java.util.OptionalLong;

/**
 * The rule of the withheld end: readers get the last {@value #BYTES} bytes of a blob only after the
 * whole blob is verified. So no reader ever has all bytes of a blob whose digest is wrong, and a
 * blob that is no larger than this is answered whole or with an error.
 *
 * <p>All readers of a blob that is being fetched follow it: those of the spool file ({@link
 * BlobFetch}) and those that the cache passes the blob through to ({@link RelayedBlob}). It decides
 * only what is visible before verification; the transfer makes all bytes visible afterwards.
 */
final class WithheldEnd {

  /** How many bytes at the end of a blob are withheld. */
  static final int BYTES = 64 * 1024;

  private WithheldEnd() {}

  /**
   * The position up to which readers may read before the blob is verified.
   *
   * @param received how many bytes have been received, from the first
   * @param size the size that the upstream announced. Without one, every byte may be among the last
   *     ones, so the bytes received last are withheld.
   * @return 0 or less when nothing is visible yet
   */
  static long visible(long received, OptionalLong size) {
    return Math.min(received, size.orElse(received) - BYTES);
  }

  /** Whether the end that is withheld is the whole blob, so that nothing is visible beforehand. */
  static boolean isWhole(long size) {
    return size <= BYTES;
  }
}
