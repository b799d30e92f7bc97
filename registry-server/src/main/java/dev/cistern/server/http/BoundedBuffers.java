package dev.cistern.server.http;

import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.DefaultByteBufferPool;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * Buffers outside the heap. A client that does not take what it is sent holds some of them, and
 * when too many are held, such connections are closed. Without this, such clients would take all
 * the memory that handshakes and other answers need.
 */
final class BoundedBuffers extends DefaultByteBufferPool {

  private static final int THREAD_CACHE = 4;

  private static final BufferPoolMXBean DIRECT =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .findAny()
          .orElseThrow();

  private final long most;
  private final Relief relief;

  /** Closes connections that hold memory. */
  interface Relief {

    /** So many buffers more than the limit are in use. */
    void free(long count);
  }

  /**
   * @param size of a buffer, in bytes
   * @param most how much memory outside the heap may be in use, in the whole process
   */
  BoundedBuffers(int size, long most, Relief relief) {
    super(true, size, -1, THREAD_CACHE);
    this.most = most;
    this.relief = relief;
  }

  /** Whether so much memory outside the heap is in use that clients should get no more of it. */
  static boolean areShort(long most) {
    return DIRECT.getMemoryUsed() > most;
  }

  @Override
  public PooledByteBuffer allocate() {
    // The pool keeps no buffers beyond a few for each thread: what is in use is what is held.
    long excess = DIRECT.getMemoryUsed() - most;
    if (excess > 0) {
      relief.free(1 + excess / getBufferSize());
    }
    return super.allocate();
  }
}
