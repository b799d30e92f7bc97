package dev.cistern.proxy.internal.memory;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.Cleaner;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory for large manifests and lists, shared by all upstreams of a process: a quarter of the
 * heap. It is taken before an answer is read, and given back when nothing in the process has its
 * bytes any more: they may be read, stored and sent to clients at the same time, for as long as a
 * client takes. So it is the garbage collector that gives it back, and an answer that has to wait
 * runs the collector.
 *
 * <p>The first {@value #FREE} bytes of an answer are free, so small ones never wait for large ones;
 * how many there are at once is bounded by the threads and the connections. Thread-safe.
 */
public final class MetadataMemory {

  /** Of this process. */
  public static final MetadataMemory OF_HEAP =
      new MetadataMemory(Runtime.getRuntime().maxMemory() / 4, Duration.ofSeconds(10), System::gc);

  /** Up to this length, in bytes, answers are not counted. */
  public static final int FREE = 64 * 1024;

  private static final Cleaner CLEANER = Cleaner.create();

  private static final int UNIT = 1024;

  /** How long it takes at most until what was collected is given back. */
  private static final long AFTER_COLLECTION_MILLIS = 100;

  /** How often the collector runs at most for this. */
  private static final long BETWEEN_COLLECTIONS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Long enough for the collector to run. */
  private static final Duration COLLECTED = Duration.ofSeconds(1);

  private final Semaphore units;
  private final int total;
  private final Duration patience;
  private final Runnable collector;

  // Guarded by this.
  private long lastCollection = System.nanoTime() - BETWEEN_COLLECTIONS;

  /**
   * @param bytes how much to use
   * @param patience how long an answer waits for memory
   * @param collector finds out which answers nothing has any more
   */
  public MetadataMemory(long bytes, Duration patience, Runnable collector) {
    total = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
    units = new Semaphore(total, true);
    this.patience = patience;
    this.collector = collector;
  }

  /**
   * Starts to read an answer.
   *
   * @param perByte how many bytes of memory reading takes for each byte of the answer
   */
  public Reservation reserve(int perByte) {
    return new Reservation(perByte);
  }

  /**
   * Counts bytes that have been read, until nothing has them any more. Waits a second at most, for
   * the collector.
   *
   * @throws NoMemoryException when there is no memory for them: then nothing may keep them
   */
  public void count(byte[] bytes) throws IOException {
    try (Reservation read = reserve(1)) {
      read.acquire(units(bytes.length), COLLECTED);
      read.keepFor(bytes, bytes.length);
    }
  }

  private static int units(long bytes) {
    return bytes <= FREE ? 0 : (int) Math.min(Integer.MAX_VALUE, (bytes + UNIT - 1) / UNIT);
  }

  private void collect() {
    synchronized (this) {
      long now = System.nanoTime();
      if (now - lastCollection < BETWEEN_COLLECTIONS) {
        return;
      }
      lastCollection = now;
    }
    collector.run();
  }

  /** The memory of one answer, until it is closed. For one thread. */
  public final class Reservation implements Closeable {

    private final int perByte;
    private int held;

    private Reservation(int perByte) {
      this.perByte = perByte;
    }

    /** The longest answer that can be read, in bytes. */
    public long largest() {
      return (long) total * UNIT / perByte;
    }

    /**
     * Waits until there is memory for so many bytes of the answer in all. An answer that has memory
     * already waits for the collector only: others could wait for what it has.
     *
     * @throws NoMemoryException when there is none in time
     * @throws ProtocolException when there will never be enough
     */
    public void grow(long bytes) throws IOException {
      if (bytes > largest()) {
        throw new ProtocolException(
            "its answer is larger than this cache can read; give the cache a larger heap");
      }
      int needed = bytes <= FREE ? 0 : units(bytes * perByte);
      acquire(needed, held > 0 && patience.compareTo(COLLECTED) > 0 ? COLLECTED : patience);
    }

    private void acquire(int needed, Duration atMost) throws IOException {
      long end = System.nanoTime() + atMost.toNanos();
      while (needed > held && !tryAcquire(needed)) {
        if (System.nanoTime() - end >= 0) {
          throw new NoMemoryException();
        }
      }
    }

    private boolean tryAcquire(int needed) throws IOException {
      int more = needed - held;
      try {
        if (!units.tryAcquire(more, 0, TimeUnit.MILLISECONDS)) {
          collect();
          if (!units.tryAcquire(more, AFTER_COLLECTION_MILLIS, TimeUnit.MILLISECONDS)) {
            return false;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted");
        interrupted.initCause(e);
        throw interrupted;
      }
      held = needed;
      return true;
    }

    /**
     * The answer has been read: what it needs less is given back now, and the rest when nothing has
     * it any more.
     *
     * @param answer what has the bytes; must be reachable for as long as they are
     * @param bytes how many it has
     */
    public void keepFor(Object answer, long bytes) {
      int kept = Math.min(held, units(bytes));
      if (kept > 0) {
        held -= kept;
        CLEANER.register(answer, () -> units.release(kept));
      }
    }

    @Override
    public void close() {
      units.release(held);
      held = 0;
    }
  }
}
