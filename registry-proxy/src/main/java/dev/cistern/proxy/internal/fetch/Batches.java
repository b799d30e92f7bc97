package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamBlob;

/** The bytes of a blob, some at a time. For one thread. */
interface Batches {

  /**
   * The most bytes at a time. With 64 KiB, a fast transfer took a fifth more processor time and
   * wake-ups.
   */
  int LARGEST = 128 * 1024;

  /**
   * Blocks until there are some bytes. Those before must not be used any more.
   *
   * @return how many; -1 after the last byte
   */
  int next() throws RegistryException;

  /** The array that has them. */
  byte[] bytes();

  /** Where they begin in the array. */
  int offset();

  /** Whether there are more bytes, without waiting for them. */
  boolean hasMore();

  /** The rest of a blob, without a copy if it is in memory already. */
  static Batches of(UpstreamBlob blob) {
    return blob instanceof Batches batches ? batches : new Copied(blob);
  }

  /** The bytes of a blob in a buffer. */
  final class Copied implements Batches {

    private final UpstreamBlob blob;
    private final byte[] buffer;

    private Copied(UpstreamBlob blob) {
      this.blob = blob;
      long left = blob.totalLength().orElse(Long.MAX_VALUE) - blob.start();
      buffer = new byte[(int) Math.max(1, Math.min(LARGEST, left))];
    }

    @Override
    public int next() throws RegistryException {
      return blob.read(buffer, 0, buffer.length);
    }

    @Override
    public byte[] bytes() {
      return buffer;
    }

    @Override
    public int offset() {
      return 0;
    }

    @Override
    public boolean hasMore() {
      return false;
    }
  }
}
