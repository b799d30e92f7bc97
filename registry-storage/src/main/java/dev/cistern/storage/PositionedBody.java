package dev.cistern.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A body whose bytes are read by their positions. */
record PositionedBody(long size, ObjectBody.Source source) implements ObjectBody {

  @Override
  public InputStream open() {
    return open(0);
  }

  @Override
  public InputStream open(long position) {
    return new Bytes(source, position);
  }

  /** Reads from a position. Leaves the source open. */
  private static final class Bytes extends InputStream {

    private final ObjectBody.Source source;
    private long position;

    Bytes(ObjectBody.Source source, long position) {
      this.source = source;
      this.position = position;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int count = source.read(ByteBuffer.wrap(bytes, offset, length), position);
      position += Math.max(0, count);
      return count;
    }
  }
}
