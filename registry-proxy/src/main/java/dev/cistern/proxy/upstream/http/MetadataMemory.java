package dev.cistern.proxy.upstream.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory for manifests and tag lists that are being read, shared by all upstreams of a process:
 * a quarter of the heap. An answer reserves twice its length, because it is parsed too. The first
 * {@value #FREE} bytes of an answer are free, so small ones never wait for large ones; how many
 * there are at once is bounded by the threads. Thread-safe.
 */
final class MetadataMemory {

  /** Of this process. */
  static final MetadataMemory OF_HEAP =
      new MetadataMemory(Runtime.getRuntime().maxMemory() / 4, Duration.ofSeconds(10));

  static final int FREE = 64 * 1024;

  private static final int UNIT = 1024;
  private static final int PER_BYTE = 2;

  private final Semaphore units;
  private final int total;
  private final Duration patience;

  /**
   * @param bytes how much to use
   * @param patience how long an answer waits for memory
   */
  MetadataMemory(long bytes, Duration patience) {
    total = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
    units = new Semaphore(total, true);
    this.patience = patience;
  }

  /** The longest answer that can be read, in bytes. */
  long largest() {
    return (long) total * UNIT / PER_BYTE;
  }

  /** Starts to read an answer. */
  Reservation reserve() {
    return new Reservation();
  }

  /** The memory of one answer, until it is closed. For one thread. */
  final class Reservation implements Closeable {

    private int held;

    private Reservation() {}

    /**
     * Waits until there is memory for so many bytes in all. An answer that has memory already does
     * not wait for more: others could wait for what it has.
     *
     * @throws NoMemoryException when there is none in time
     * @throws ProtocolException when there will never be enough
     */
    void grow(long bytes) throws IOException {
      long needed = bytes <= FREE ? 0 : (bytes * PER_BYTE + UNIT - 1) / UNIT;
      if (needed <= held) {
        return;
      }
      if (needed > total) {
        throw new ProtocolException(
            "its answer is larger than this cache can read; give the cache a larger heap");
      }
      if (!acquire((int) needed - held)) {
        throw new NoMemoryException();
      }
      held = (int) needed;
    }

    private boolean acquire(int more) throws IOException {
      try {
        return held > 0
            ? units.tryAcquire(more)
            : units.tryAcquire(more, patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted");
        interrupted.initCause(e);
        throw interrupted;
      }
    }

    @Override
    public void close() {
      units.release(held);
      held = 0;
    }
  }
}
