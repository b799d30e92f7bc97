package dev.cistern.server.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** The connection on which one request came, and on which it is answered, byte by byte. */
final class Wire {

  private final Socket socket;
  private final Ask ask;
  private final String registry;
  private final AtomicLong sent;
  private final OutputStream out;

  /**
   * @param registry the address of the upstream, as {@code host:port}
   * @param sent counts the bytes of bodies
   */
  Wire(Socket socket, Ask ask, String registry, AtomicLong sent) throws IOException {
    this.socket = socket;
    this.ask = ask;
    this.registry = registry;
    this.sent = sent;
    out = socket.getOutputStream();
  }

  /** A URL of this upstream. */
  String url(String path) {
    return "http://" + registry + path;
  }

  /** A URL that leads here under the name of another host. */
  String elsewhere(String path) {
    return "http://localhost" + registry.substring(registry.indexOf(':')) + path;
  }

  /** Sends a whole answer; for HEAD without its body. */
  void send(Answer answer) throws IOException {
    head(answer);
    body(answer, 0, answer.body().length);
  }

  /** Sends status and headers. */
  void head(Answer answer) throws IOException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + answer.status() + " Of-A-Test\r\n");
    answer.headers().forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
    raw(text.append("Connection: close\r\n\r\n").toString());
  }

  /** Sends a part of an answer's body; for HEAD nothing. */
  void body(Answer answer, int from, int to) throws IOException {
    if (!ask.isHead()) {
      out.write(answer.body(), from, to - from);
      out.flush();
      sent.addAndGet(to - from);
    }
  }

  /** Sends an answer in chunks, without a length. */
  void chunked(Answer answer) throws IOException {
    head(answer.without("Content-Length").with("Transfer-Encoding", "chunked"));
    if (!ask.isHead()) {
      raw(Integer.toHexString(answer.body().length) + "\r\n");
      body(answer, 0, answer.body().length);
      raw("\r\n0\r\n\r\n");
    }
  }

  void raw(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Says nothing more until the other side leaves. */
  void keepSilent() throws IOException {
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {
      // Whatever it says.
    }
  }

  /**
   * Says nothing for a moment.
   *
   * @return whether the other side is still there
   */
  boolean pause(int millis) throws IOException {
    socket.setSoTimeout(millis);
    try {
      return socket.getInputStream().read() >= 0;
    } catch (SocketTimeoutException e) {
      return true;
    }
  }

  /** Ends the connection with a reset in place of a farewell. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }
}
