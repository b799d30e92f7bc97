package dev.cistern.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A body in a file that is open. */
record ChannelBody(FileChannel file, long size) implements ObjectBody {

  @Override
  public InputStream open() {
    return open(0);
  }

  @Override
  public InputStream open(long position) {
    return new Bytes(file, position);
  }

  /** Reads the file from a position. Leaves it open. */
  private static final class Bytes extends InputStream {

    private final FileChannel file;
    private long position;

    Bytes(FileChannel file, long position) {
      this.file = file;
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
      int count = file.read(ByteBuffer.wrap(bytes, offset, length), position);
      position += Math.max(0, count);
      return count;
    }
  }
}
