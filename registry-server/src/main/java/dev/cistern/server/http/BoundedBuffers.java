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

    /** More than the limit is in use. */
    void free();
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

  @Override
  public PooledByteBuffer allocate() {
    // The pool keeps no buffers beyond a few for each thread: what is in use is what is held.
    if (DIRECT.getMemoryUsed() > most) {
      relief.free();
    }
    return super.allocate();
  }
}
