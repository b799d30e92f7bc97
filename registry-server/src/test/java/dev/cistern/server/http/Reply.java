package dev.cistern.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes one answer, as literally as it is told to. For HEAD, bodies go nowhere. */
final class Reply {

  private final OutputStream out;
  private final boolean head;

  Reply(OutputStream out, boolean head) {
    this.out = out;
    this.head = head;
  }

  /** Sends the status and the headers. */
  void head(int status, String... headers) throws IOException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Of-A-Test\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    text.append("Connection: close\r\n\r\n");
    out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Sends bytes of the body. */
  void body(byte[] bytes, int offset, int count) throws IOException {
    if (!head) {
      out.write(bytes, offset, count);
      out.flush();
    }
  }

  /** Sends bytes of the body as one chunk; an empty one ends it. */
  void chunk(byte[] bytes, int offset, int count) throws IOException {
    if (!head) {
      out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes, offset, count);
      out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  }

  /** Sends everything. */
  void whole(int status, byte[] body, String... headers) throws IOException {
    String[] all = Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] = "Content-Length: " + body.length;
    head(status, all);
    body(body, 0, body.length);
  }
}
