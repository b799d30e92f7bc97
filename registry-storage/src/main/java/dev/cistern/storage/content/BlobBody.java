package dev.cistern.storage.content;

import dev.cistern.storage.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The bytes of a blob of another store, read when they are sent. */
record BlobBody(StoredBlob blob) implements ObjectBody {

  @Override
  public long size() {
    return blob.size();
  }

  @Override
  public InputStream open() {
    return open(0);
  }

  @Override
  public InputStream open(long position) {
    return new Bytes(blob, position);
  }

  /** Reads the blob from a position. Leaves it open. */
  private static final class Bytes extends InputStream {

    private final StoredBlob blob;
    private long position;

    Bytes(StoredBlob blob, long position) {
      this.blob = blob;
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
      int count = blob.read(ByteBuffer.wrap(bytes, offset, length), position);
      position += Math.max(0, count);
      return count;
    }
  }
}
