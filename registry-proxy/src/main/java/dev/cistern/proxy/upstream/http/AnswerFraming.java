package dev.cistern.proxy.upstream.http;

import java.net.ProtocolException;

/**
 * Finds the end of one HTTP/1.1 answer in the bytes of a connection (RFC 9112), and limits every
 * part of it that a client has to read into memory: the headers, the lines with the sizes of chunks
 * and the trailers. For one connection; not thread-safe.
 *
 * <pre>
 *   IDLE ─begin→ HEADERS ─blank line→ BETWEEN ─body→ DATA, CHUNK_SIZE … or IDLE
 *                   ↑                    │
 *                   └── more bytes: 1xx ─┘
 * </pre>
 *
 * <p>A connection begins as OPAQUE: a tunnel, TLS records and HTTP/2 pass through.
 */
final class AnswerFraming {

  /** The longest header block, with those of 1xx answers before it. */
  static final int MAX_HEADERS = 64 * 1024;

  /** The longest line with the size of a chunk, with its extensions. */
  static final int MAX_CHUNK_LINE = 4 * 1024;

  static final int MAX_TRAILERS = 16 * 1024;

  private static final int MAX_SIZE_DIGITS = 15;

  private enum State {
    OPAQUE,
    HEADERS,
    BETWEEN,
    DATA,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    IDLE
  }

  private State state = State.OPAQUE;

  /** The bytes of the block in progress: all headers, one chunk's line, or all trailers. */
  private int block;

  /** The bytes of the line in progress, without its end. */
  private int line;

  private boolean endsWithReturn;

  /** The bytes of the body or chunk that are left. */
  private long left;

  private long size;
  private int digits;
  private boolean inSize;

  /** A request is sent: headers follow. */
  void begin() {
    enter(State.HEADERS);
  }

  /** The headers are read: a body of this length follows. */
  void body(long length) {
    left = length;
    enter(length == 0 ? State.IDLE : State.DATA);
  }

  /** The headers are read: a body follows that ends with the connection. */
  void bodyUntilClose() {
    enter(State.OPAQUE);
  }

  /** The headers are read: a body of chunks follows. */
  void chunkedBody() {
    enter(State.CHUNK_SIZE);
  }

  /** Whether the answer is complete, and nothing may follow. */
  boolean isComplete() {
    return state == State.IDLE;
  }

  /** How many of the next bytes belong to the body, without a look at them. */
  long bulk() {
    return switch (state) {
      case OPAQUE -> Long.MAX_VALUE;
      case DATA, CHUNK_DATA -> left;
      default -> 0;
    };
  }

  /**
   * Accepts the next bytes, up to the end of a part: what follows is then still unknown.
   *
   * @return how many of them belong to the answer, at least 1
   */
  int accept(byte[] bytes, int offset, int length) throws ProtocolException {
    if (state == State.BETWEEN) {
      // The answer was a 1xx: the headers of another one follow.
      state = State.HEADERS;
    }
    if (bulk() > 0) {
      int n = (int) Math.min(length, bulk());
      skip(n);
      return n;
    }
    int n = 0;
    while (n < length && bulk() == 0 && state != State.BETWEEN && state != State.IDLE) {
      accept(bytes[offset + n]);
      n++;
    }
    return n;
  }

  /** Accepts bytes that are part of {@link #bulk}. */
  void skip(int n) {
    if (state == State.OPAQUE) {
      return;
    }
    left -= n;
    if (left == 0) {
      enter(state == State.DATA ? State.IDLE : State.CHUNK_END);
    }
  }

  private void enter(State next) {
    state = next;
    block = 0;
    line = 0;
    endsWithReturn = false;
    size = 0;
    digits = 0;
    inSize = true;
  }

  private void accept(byte octet) throws ProtocolException {
    block++;
    checkLimit();
    if (octet != '\n') {
      if (state == State.CHUNK_SIZE) {
        readSize(octet);
      }
      line++;
      endsWithReturn = octet == '\r';
      return;
    }
    boolean blank = line == 0 || (line == 1 && endsWithReturn);
    line = 0;
    endsWithReturn = false;
    endLine(blank);
  }

  private void endLine(boolean blank) throws ProtocolException {
    switch (state) {
      case HEADERS -> {
        // The limit is for the headers of all 1xx answers together: the block goes on.
        state = blank ? State.BETWEEN : state;
      }
      case CHUNK_SIZE -> endChunkLine();
      case CHUNK_END -> {
        if (!blank) {
          throw new ProtocolException("a chunk of its body is longer than announced");
        }
        enter(State.CHUNK_SIZE);
      }
      case TRAILERS -> {
        if (blank) {
          enter(State.IDLE);
        }
      }
      default -> throw new IllegalStateException("no lines in " + state);
    }
  }

  private void endChunkLine() throws ProtocolException {
    if (digits == 0) {
      throw new ProtocolException("a chunk of its body has no size");
    }
    long chunk = size;
    enter(chunk == 0 ? State.TRAILERS : State.CHUNK_DATA);
    left = chunk;
  }

  private void readSize(byte octet) throws ProtocolException {
    int digit = inSize ? Character.digit((char) (octet & 0xff), 16) : -1;
    if (digit < 0) {
      inSize = false;
      return;
    }
    if (++digits > MAX_SIZE_DIGITS) {
      throw new ProtocolException("the size of a chunk of its body is too large");
    }
    size = size * 16 + digit;
  }

  private void checkLimit() throws ProtocolException {
    switch (state) {
      case HEADERS -> limit(MAX_HEADERS, "its headers are");
      case CHUNK_SIZE -> limit(MAX_CHUNK_LINE, "the line before a chunk of its body is");
      case CHUNK_END -> limit(MAX_CHUNK_LINE, "the line after a chunk of its body is");
      case TRAILERS -> limit(MAX_TRAILERS, "the trailers of its body are");
      default -> {}
    }
  }

  private void limit(int most, String what) throws ProtocolException {
    if (block > most) {
      throw new ProtocolException(what + " longer than " + most + " bytes");
    }
  }
}
