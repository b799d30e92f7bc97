package dev.cistern.server.http;

import java.nio.ByteBuffer;

/** The first bytes of a frame of HTTP/2, which may come one by one (RFC 9113 §4.1). */
final class FrameHead {

  private static final int LENGTH = 9;
  private static final int TYPE = 3;
  private static final int STREAM = 5;

  private final ByteBuffer head = ByteBuffer.allocate(LENGTH);

  /** The next frame begins. */
  void clear() {
    head.clear();
  }

  /** Takes what it needs of the bytes that are to be parsed next. */
  void peek(ByteBuffer next) {
    head.put(next.limit(Math.min(head.remaining(), next.remaining())));
  }

  /** Whether the type has come. */
  boolean isKnown() {
    return head.position() > TYPE;
  }

  /** Whether the frame is of this type. */
  boolean is(int type) {
    return isKnown() && head.get(TYPE) == type;
  }

  /** The stream of a frame whose first bytes have all come. */
  int stream() {
    return head.getInt(STREAM) & Integer.MAX_VALUE;
  }
}
