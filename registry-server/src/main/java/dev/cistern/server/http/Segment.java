package dev.cistern.server.http;

import java.nio.ByteBuffer;

/** A piece of an answer's body. */
sealed interface Segment {

  /**
   * Bytes of the blob.
   *
   * @param first the position of the first one
   * @param end the position after the last one; {@link Long#MAX_VALUE} for where the blob ends
   */
  record Bytes(long first, long end) implements Segment {}

  /**
   * Bytes around them.
   *
   * @param bytes to be sent once: its position moves
   */
  record Text(ByteBuffer bytes) implements Segment {}
}
