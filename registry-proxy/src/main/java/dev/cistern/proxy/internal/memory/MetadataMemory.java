package dev.cistern.proxy.internal.memory;

import dev.cistern.storage.content.ContentMemory;
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
 * heap. It is taken before they are read, from an upstream or from storage, and given back when
 * nothing in the process has their bytes any more: they may be read, stored and sent to clients at
 * the same time, for as long as a client takes. So it is the garbage collector that gives it back,
 * and an answer that has to wait runs the collector.
 *
 * <p>The threads that wait for an upstream wait here too, but not all of them: small answers need
 * threads. Reads of storage do not wait. They come first: what is cached does not wait behind what
 * is not.
 *
 * <p>The first {@value #FREE} bytes of an answer are free, so small ones never wait for large ones.
 * What has many of them at once has its own bound: a thread reads one at a time, a part of the heap
 * is for those that wait to be stored, and what sends them to clients bounds those that it sends.
 * Thread-safe.
 */
public final class MetadataMemory implements ContentMemory {

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

  /** A collection of a large heap takes long, and delays all: at most so much of the time. */
  private static final int PART_OF_TIME = 10;

  /** Long enough for the collector to run. */
  private static final Duration COLLECTED = Duration.ofSeconds(1);

  /** How many threads wait at once: half of those that an upstream has for short requests. */
  private static final int WAITING = 32;

  /** Can have less than nothing. */
  private static final class Units extends Semaphore {

    private static final long serialVersionUID = 1;

    Units(int count) {
      super(count, true);
    }

    void take(int count) {
      reducePermits(count);
    }
  }

  private final Units units;
  private final Semaphore waiting = new Semaphore(WAITING);
  private final int total;
  private final Duration patience;
  private final Runnable collector;

  // Guarded by this.
  private long nextCollection = System.nanoTime();

  /**
   * @param bytes how much to use
   * @param patience how long an answer waits for memory
   * @param collector finds out which answers nothing has any more
   */
  public MetadataMemory(long bytes, Duration patience, Runnable collector) {
    total = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
    units = new Units(total);
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
   * An array for stored content, which counts until nothing has it any more. Does not wait.
   *
   * @throws NoMemoryException when there is no memory for it now
   */
  @Override
  public byte[] allocate(int length) throws IOException {
    int needed = units(length);
    if (needed > total) {
      throw tooLarge(length);
    }
    // Before the threads that wait for memory for what is not cached.
    take(needed);
    try {
      byte[] bytes = new byte[length];
      returnWith(bytes, needed);
      needed = 0;
      return bytes;
    } finally {
      units.release(needed);
    }
  }

  /** As this, but an array waits until there is memory for it: for threads of the cache itself. */
  public ContentMemory waiting() {
    return length -> {
      try (Reservation reserved = reserve(1)) {
        reserved.grow(length);
        byte[] bytes = new byte[length];
        reserved.keepFor(bytes, length);
        return bytes;
      }
    };
  }

  /**
   * Takes memory for what is made of stored content. Does not wait.
   *
   * @throws NoMemoryException when there is none now
   * @throws IOException when there will never be enough
   */
  public Reservation reserveNow(long bytes) throws IOException {
    Reservation reserved = new Reservation(1);
    int needed = units(bytes);
    if (needed > total) {
      throw tooLarge(bytes);
    }
    take(needed);
    reserved.held = needed;
    return reserved;
  }

  /** Small content needs none, also when there is less than nothing. */
  private void take(int needed) throws NoMemoryException {
    if (needed > 0 && !units.tryAcquire(needed)) {
      throw new NoMemoryException();
    }
  }

  private static IOException tooLarge(long bytes) {
    return new IOException(
        "it takes "
            + bytes
            + " bytes, more than this cache has for it; give the cache a larger heap");
  }

  private void returnWith(Object owner, int count) {
    if (count > 0) {
      CLEANER.register(owner, () -> units.release(count));
    }
  }

  /**
   * Something with a limit of its own keeps this content, of so many bytes, from now on: until
   * {@link #returned}, it does not count here. Else what is kept for long would leave no memory for
   * other answers.
   */
  public void keptElsewhere(long bytes) {
    units.release(units(bytes));
  }

  /** The content is not kept elsewhere any more: it counts again, if anything still has it. */
  public void returned(long bytes) {
    units.take(units(bytes));
  }

  private static int units(long bytes) {
    return bytes <= FREE ? 0 : (int) Math.min(Integer.MAX_VALUE, (bytes + UNIT - 1) / UNIT);
  }

  /** Looks for what nothing has any more, unless that was done just now. May take long. */
  public void collect() {
    synchronized (this) {
      long now = System.nanoTime();
      if (now - nextCollection < 0) {
        return;
      }
      nextCollection = now + BETWEEN_COLLECTIONS;
    }
    long begin = System.nanoTime();
    collector.run();
    long end = System.nanoTime();
    synchronized (this) {
      nextCollection = Math.max(nextCollection - end, PART_OF_TIME * (end - begin)) + end;
    }
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
      if (needed <= held || tryAcquire(needed, 0)) {
        return;
      }
      if (!waiting.tryAcquire()) {
        throw new NoMemoryException();
      }
      try {
        long end = System.nanoTime() + atMost.toNanos();
        do {
          collect();
          if (tryAcquire(needed, AFTER_COLLECTION_MILLIS)) {
            return;
          }
        } while (System.nanoTime() - end < 0);
      } finally {
        waiting.release();
      }
      throw new NoMemoryException();
    }

    /** In the order of those that wait, also where this does not. */
    private boolean tryAcquire(int needed, long millis) throws IOException {
      try {
        if (!units.tryAcquire(needed - held, millis, TimeUnit.MILLISECONDS)) {
          return false;
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
        returnWith(answer, kept);
      }
    }

    @Override
    public void close() {
      units.release(held);
      held = 0;
    }
  }
}
