package dev.cistern.proxy.upstream.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;

/**
 * The decrypted bytes of an HTTP/2 connection, with a limit for the length of each header block
 * (RFC 9113 §4.3): the HTTP client reads a block into memory, however many frames it has. Read by
 * one thread.
 */
final class HeaderBlocks extends FilterInputStream {

  /** The longest block, with the headers of its frames. */
  static final int MAX_BLOCK = AnswerFraming.MAX_HEADERS;

  private static final int FRAME_HEADER = 9;
  private static final int HEADERS = 1;
  private static final int PUSH_PROMISE = 5;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  private final byte[] header = new byte[FRAME_HEADER];
  private int filled;
  private int payload;
  private int block;

  HeaderBlocks(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = in.read(bytes, offset, length);
    for (int at = 0; at < n; ) {
      if (payload > 0) {
        int skipped = Math.min(payload, n - at);
        payload -= skipped;
        at += skipped;
      } else {
        header[filled++] = bytes[offset + at++];
        if (filled == FRAME_HEADER) {
          filled = 0;
          frame();
        }
      }
    }
    return n;
  }

  private void frame() throws ProtocolException {
    payload = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
    int type = header[3];
    if (type != HEADERS && type != PUSH_PROMISE && type != CONTINUATION) {
      return;
    }
    block += FRAME_HEADER + payload;
    if (block > MAX_BLOCK) {
      throw new ProtocolException("its headers are longer than " + MAX_BLOCK + " bytes");
    }
    if ((header[4] & END_HEADERS) != 0) {
      block = 0;
    }
  }
}
