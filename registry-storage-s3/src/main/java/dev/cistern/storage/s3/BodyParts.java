package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectBody;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Sends a body in parts, straight from where it is, and checks its length. Remembers the body's own
 * failure, because the client library reports it as one of the connection. Closes what it opens,
 * because the client library does not. For one upload, which reads one part at a time.
 */
final class BodyParts implements AutoCloseable {

  private static final String TYPE = "application/octet-stream";

  private final ObjectBody body;
  private volatile @Nullable IOException failure;
  private @Nullable Part open;

  BodyParts(ObjectBody body) {
    this.body = body;
  }

  long size() {
    return body.size();
  }

  /** The bytes of a part. They may be read several times. */
  RequestBody part(long start, long length) {
    return RequestBody.fromContentProvider(() -> open(start, length), length, TYPE);
  }

  private InputStream open(long start, long length) {
    try {
      close();
      Part part = new Part(body.open(start), length, start + length == body.size());
      open = part;
      return part;
    } catch (IOException e) {
      throw new UncheckedIOException(failed(e));
    }
  }

  @Override
  public void close() throws IOException {
    Part last = open;
    open = null;
    if (last != null) {
      last.close();
    }
  }

  /** Fails if the body has bytes although it should have none: an empty part may not be read. */
  void requireEmpty() throws IOException {
    try (InputStream in = body.open()) {
      if (in.read() >= 0) {
        throw tooLong();
      }
    }
  }

  /** Throws the body's failure, if that is why an upload failed. */
  void throwFailure() throws IOException {
    IOException cause = failure;
    if (cause != null) {
      throw cause;
    }
  }

  private IOException tooLong() {
    return new IOException(
        "the body has more than the " + body.size() + " bytes that were announced");
  }

  private IOException failed(IOException cause) {
    failure = cause;
    return cause;
  }

  private final class Part extends FilterInputStream {

    private final boolean last;
    private long left;

    Part(InputStream in, long length, boolean last) {
      super(in);
      this.left = length;
      this.last = last;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      try {
        int count = in.read(bytes, offset, (int) Math.min(length, left));
        if (count < 0) {
          throw new EOFException(
              "the body ended " + left + " bytes before the end that was announced");
        }
        left -= count;
        if (left == 0 && last && in.read() >= 0) {
          throw tooLong();
        }
        return count;
      } catch (IOException e) {
        throw failed(e);
      }
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] skipped = new byte[(int) Math.min(count, 8192)];
      return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
