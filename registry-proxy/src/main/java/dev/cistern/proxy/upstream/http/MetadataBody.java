package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.internal.memory.MetadataMemory;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of a manifest or list, within a limit for it and for all of them together. Read by one
 * thread.
 */
final class MetadataBody extends InputStream {

  private static final int PIECE = 64 * 1024;

  private final Exchange answer;
  private final long limit;
  private final MetadataMemory.Reservation memory;
  private final long before;
  private long position;
  private long reserved;

  /**
   * Checks the announced length, and waits until there is memory for it.
   *
   * @param memory stays the caller's
   */
  MetadataBody(Exchange answer, long limit, MetadataMemory.Reservation memory) throws IOException {
    this(answer, limit, memory, 0);
  }

  /**
   * As above, for a part of a list.
   *
   * @param before the length of the other parts, which use the same memory and limit
   */
  MetadataBody(Exchange answer, long limit, MetadataMemory.Reservation memory, long before)
      throws IOException {
    this.answer = answer;
    this.limit = Math.min(limit, memory.largest());
    this.memory = memory;
    this.before = before;
    long announced = answer.contentLength().orElse(0);
    check(announced);
    memory.grow(before + announced);
    reserved = announced;
  }

  private void check(long length) throws ProtocolException {
    if (before + length > limit) {
      answer.cancel();
      throw new ProtocolException("its answer is larger than the limit of " + limit + " bytes");
    }
  }

  /** How many bytes have been read. */
  long position() {
    return position;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = answer.read(bytes, offset, length);
    if (n > 0) {
      position += n;
      check(position);
      if (position > reserved) {
        // Without an announced length: by halves, so that it does not wait at each read.
        reserved = Math.min(limit - before, Math.max(PIECE, position + position / 2));
        memory.grow(before + reserved);
      }
    }
    return n;
  }

  /** The rest of the body. Its pieces are joined once, where the length is not known before. */
  byte[] bytes() throws IOException {
    List<byte[]> pieces = new ArrayList<>();
    int announced = (int) answer.contentLength().orElse(0);
    byte[] piece = new byte[announced == 0 ? PIECE : announced];
    int filled = 0;
    long total = 0;
    while (true) {
      if (filled == piece.length) {
        pieces.add(piece);
        // After the announced length there is only the end.
        piece = new byte[announced == 0 ? PIECE : 1];
        filled = 0;
      }
      int n = read(piece, filled, piece.length - filled);
      if (n < 0) {
        break;
      }
      filled += n;
      total += n;
    }
    if (pieces.size() == 1 && filled == 0) {
      return pieces.get(0);
    }
    byte[] all = new byte[(int) total];
    int at = 0;
    for (byte[] each : pieces) {
      System.arraycopy(each, 0, all, at, each.length);
      at += each.length;
    }
    System.arraycopy(piece, 0, all, at, filled);
    return all;
  }
}
