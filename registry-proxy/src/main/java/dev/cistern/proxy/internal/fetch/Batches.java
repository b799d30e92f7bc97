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

  /** The rest of a blob, without a copy if it is in memory already. */
  static Batches of(UpstreamBlob blob) {
    return blob instanceof Batches batches ? batches : new Copied(blob, new byte[LARGEST]);
  }

  /** The bytes of a blob in a buffer. */
  record Copied(UpstreamBlob blob, byte[] bytes) implements Batches {

    @Override
    public int next() throws RegistryException {
      return blob.read(bytes, 0, bytes.length);
    }

    @Override
    public int offset() {
      return 0;
    }
  }
}
