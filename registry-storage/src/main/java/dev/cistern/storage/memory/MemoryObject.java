package dev.cistern.storage.memory;

import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a buffer that does not change. */
final class MemoryObject implements StoredObject {

  private final String key;
  private final ByteBuffer body;
  private volatile boolean closed;

  MemoryObject(String key, ByteBuffer body) {
    this.key = key;
    this.body = body;
  }

  @Override
  public long size() {
    return body.limit();
  }

  @Override
  public int read(ByteBuffer dst, long position) throws IOException {
    if (closed) {
      throw new IOException(key + " is closed");
    }
    if (position >= body.limit()) {
      return -1;
    }
    int length = (int) Math.min(dst.remaining(), body.limit() - position);
    dst.put(body.slice((int) position, length));
    return length;
  }

  @Override
  public void close() {
    closed = true;
  }
}
