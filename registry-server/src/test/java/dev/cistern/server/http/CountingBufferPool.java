package dev.cistern.server.http;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.DefaultByteBufferPool;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A buffer pool that knows which buffers are out. */
final class CountingBufferPool implements ByteBufferPool {

  private final DefaultByteBufferPool pool = new DefaultByteBufferPool(true, 16 * 1024);
  private final Set<PooledByteBuffer> out = ConcurrentHashMap.newKeySet();

  int buffersOut() {
    return out.size();
  }

  @Override
  public PooledByteBuffer allocate() {
    PooledByteBuffer buffer = pool.allocate();
    out.add(buffer);
    return new PooledByteBuffer() {
      @Override
      public ByteBuffer getBuffer() {
        return buffer.getBuffer();
      }

      @Override
      public void close() {
        out.remove(buffer);
        buffer.close();
      }

      @Override
      public boolean isOpen() {
        return buffer.isOpen();
      }
    };
  }

  @Override
  public ByteBufferPool getArrayBackedPool() {
    return pool.getArrayBackedPool();
  }

  @Override
  public void close() {
    pool.close();
  }

  @Override
  public int getBufferSize() {
    return pool.getBufferSize();
  }

  @Override
  public boolean isDirect() {
    return pool.isDirect();
  }
}
