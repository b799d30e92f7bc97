package dev.cistern.server.http;

import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.DirectByteBufferDeallocator;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Buffers outside the heap. A client that does not take what it is sent holds some of them, and
 * when too many are held, such connections are closed. Without this, such clients would take all
 * the memory that handshakes and other answers need.
 *
 * <p>Undertow gives a buffer back to the system when the thread that has freed it frees another one
 * later. So what the process has reserved is more than what is held, and most of it may be free.
 */
final class BoundedBuffers extends DefaultByteBufferPool {

  private static final int THREAD_CACHE = 4;

  private static final BufferPoolMXBean DIRECT =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .findAny()
          .orElseThrow();

  private final long most;
  private final long mostReserved;
  private final LongAdder held;
  private final Relief relief;

  /** Closes connections that hold memory. */
  interface Relief {

    /** So many buffers more than the limit are in use. */
    void free(long count);
  }

  /**
   * @param size of a buffer, in bytes
   * @param held how many bytes are in use, in this pool and in others with the same limit
   * @param most how many bytes may be in use
   * @param mostReserved how many bytes the process may reserve outside the heap, with those that
   *     are free and not given back yet
   */
  BoundedBuffers(int size, LongAdder held, long most, long mostReserved, Relief relief) {
    super(true, size, -1, THREAD_CACHE);
    this.held = held;
    this.most = most;
    this.mostReserved = mostReserved;
    this.relief = relief;
  }

  /** Whether so much memory outside the heap is in use that clients should get no more of it. */
  static boolean areShort(long most) {
    return DIRECT.getMemoryUsed() > most;
  }

  /** Gives back what the current thread has freed some time ago. */
  static void giveBack() {
    DirectByteBufferDeallocator.free(ByteBuffer.allocateDirect(1));
  }

  @Override
  public PooledByteBuffer allocate() {
    int size = getBufferSize();
    long excess = excess();
    if (excess > 0) {
      relief.free(1 + (excess - 1) / size);
    }
    PooledByteBuffer buffer = super.allocate();
    held.add(size);
    return new Held(buffer);
  }

  /** By how many bytes one buffer more would exceed what may be in use. */
  private long excess() {
    int size = getBufferSize();
    long reserved = DIRECT.getMemoryUsed();
    // No more is in use than is reserved. That changes seldom, so all threads read it at once.
    return reserved + size <= Math.min(most, mostReserved)
        ? 0
        : Math.max(held.sum() + size - most, reserved - mostReserved);
  }

  /** A buffer until it is freed. */
  private final class Held implements PooledByteBuffer {

    private final PooledByteBuffer buffer;
    private final AtomicBoolean freed = new AtomicBoolean();

    Held(PooledByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public ByteBuffer getBuffer() {
      return buffer.getBuffer();
    }

    @Override
    public boolean isOpen() {
      return buffer.isOpen();
    }

    @Override
    public void close() {
      if (freed.compareAndSet(false, true)) {
        held.add(-getBufferSize());
        buffer.close();
      }
    }
  }
}
