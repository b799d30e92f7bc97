package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;

/**
 * The bytes that a connection receives, cut at the ends of an answer's parts. The HTTP client reads
 * ahead, so without the cut it would take bytes after an answer for the next one. Read by one
 * thread at a time.
 *
 * <p>Bytes of a body may be taken past the client, which copies them 8 KiB at a time: see {@link
 * BodyReader}.
 */
final class AnswerStream extends InputStream {

  /**
   * How long a connection must be silent after an answer without a body. Some servers send the body
   * to a HEAD request too, perhaps a moment after the headers.
   */
  static final long SILENCE_NANOS = 1_000_000_000L;

  private final InputStream in;
  private final byte[] buffer;
  private final LongSupplier nanoTime;
  private final AnswerFraming framing = new AnswerFraming();

  private int position;
  private int end;

  /** How many bytes were taken that the HTTP client has not counted yet. */
  private int uncounted;

  private boolean used;
  private boolean hadNoBody;
  private long ended;

  /**
   * @param buffer how many bytes to read ahead
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  AnswerStream(InputStream in, int buffer, LongSupplier nanoTime) {
    this.in = in;
    this.buffer = new byte[buffer];
    this.nanoTime = nanoTime;
  }

  /**
   * Prepares for the answer to a request that will be sent now.
   *
   * @throws SpoiledConnectionException when the connection cannot be used: there are bytes that
   *     belong to no answer, or such bytes may still come
   */
  void begin() throws IOException {
    if (used && (!framing.isComplete() || uncounted > 0)) {
      throw new SpoiledConnectionException("the last answer is incomplete");
    }
    if (position < end || in.available() > 0) {
      throw new SpoiledConnectionException("the server sent more bytes than its last answer has");
    }
    if (hadNoBody && nanoTime.getAsLong() - ended < SILENCE_NANOS) {
      throw new SpoiledConnectionException("the server may still send a body");
    }
    used = true;
    hadNoBody = false;
    framing.begin();
  }

  /** Whether a request was sent on this connection. */
  boolean isUsed() {
    return used;
  }

  /** The answer has no body, whatever its headers announce. */
  void noBody() {
    hadNoBody = true;
    ended = nanoTime.getAsLong();
    framing.body(0);
  }

  /** The body's length is known. */
  void body(long length) {
    framing.body(length);
  }

  /** The body ends with the connection. */
  void bodyUntilClose() {
    framing.bodyUntilClose();
  }

  /** The body is sent in chunks. */
  void chunkedBody() {
    framing.chunkedBody();
  }

  /**
   * Takes bytes of the body, whose length is known, past the HTTP client. Its next reads return as
   * many bytes, whose values mean nothing.
   *
   * @return how many; 0 or less when the body or the connection has ended
   */
  int take(byte[] bytes, int offset, int length) throws IOException {
    int most = (int) Math.min(length, framing.bulk());
    int n = position < end ? copy(bytes, offset, most) : in.read(bytes, offset, most);
    if (n > 0) {
      framing.skip(n);
      uncounted += n;
    }
    return n;
  }

  private int copy(byte[] bytes, int offset, int length) {
    int n = Math.min(length, end - position);
    System.arraycopy(buffer, position, bytes, offset, n);
    position += n;
    return n;
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
    if (uncounted > 0) {
      int n = Math.min(length, uncounted);
      uncounted -= n;
      return n;
    }
    if (position == end) {
      int most = (int) Math.min(length, framing.bulk());
      if (most >= buffer.length) {
        int n = in.read(bytes, offset, most);
        if (n > 0) {
          framing.skip(n);
        }
        return n;
      }
      int n = in.read(buffer);
      if (n < 0) {
        return -1;
      }
      position = 0;
      end = n;
    }
    if (framing.isComplete()) {
      // Nothing may come now. To the client this is a closed connection, which it does not reuse.
      return -1;
    }
    return copy(bytes, offset, framing.accept(buffer, position, Math.min(length, end - position)));
  }

  @Override
  public int available() throws IOException {
    return (int) Math.min(Integer.MAX_VALUE, (long) (end - position) + in.available());
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
