package dev.cistern.storage;

import java.io.ByteArrayInputStream;
import java.io.InputStream;

/** A body in memory. */
final class BytesBody implements ObjectBody {

  private final byte[] bytes;

  BytesBody(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public InputStream open(long position) {
    return new ByteArrayInputStream(bytes, (int) position, bytes.length - (int) position);
  }
}
