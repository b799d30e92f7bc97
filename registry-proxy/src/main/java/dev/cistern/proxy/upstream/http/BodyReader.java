package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.io.InputStream;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of one answer. For one thread at a time.
 *
 * <p>The HTTP client hands out 8 KiB at a time, after two copies. So a body of known length on an
 * HTTP/1.1 connection is read past it, from the connection into the buffer of the caller. The
 * client then skips as many bytes: it counts them, but gets none of them, see {@link
 * AnswerStream#take}. So it still knows where the body ends, and whether the connection can be used
 * again. All other bodies are read through the client.
 */
final class BodyReader {

  /** The tag of a request that gets the connection of its answer. */
  static final class Tag {

    private volatile @Nullable AnswerStream stream;
    private volatile long length;

    /** The body is read through the client. */
    void clear() {
      stream = null;
    }

    /** The body has this length and comes from here. */
    void set(AnswerStream stream, long length) {
      this.length = length;
      this.stream = stream;
    }
  }

  private final BufferedSource client;
  private final InputStream rest;
  private final @Nullable AnswerStream stream;

  /** How many bytes may be read past the client. */
  private long left;

  /**
   * @param client the client's source of the body, of which nothing has been read
   * @param tag of the request; null if it has none
   */
  BodyReader(BufferedSource client, @Nullable Tag tag) {
    this.client = client;
    rest = client.inputStream();
    stream = tag == null ? null : tag.stream;
    left = tag == null || stream == null ? 0 : tag.length;
  }

  /** As {@link InputStream#read(byte[], int, int)}. */
  int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left > 0 && stream != null) {
      int n = stream.take(buffer, offset, (int) Math.min(length, left));
      if (n > 0) {
        left -= n;
        // After the last byte, the connection may belong to another call.
        client.skip(n);
        return n;
      }
      // The connection has ended before the body: the client finds this out too, and fails.
      left = 0;
    }
    return rest.read(buffer, offset, length);
  }
}
