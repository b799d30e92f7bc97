package dev.cistern.server.recording;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ServerSocketFactory;

/**
 * A registry of a few contents on a free loopback port. It answers GET and HEAD, also with a range
 * to the end, with a thread for each connection. For a recording alone: it trusts its one client.
 */
public final class PracticeUpstream implements AutoCloseable {

  private static final int BACKLOG = 50;

  private final Practice practice;
  private final ServerSocket listener;

  /**
   * Begins to listen.
   *
   * @param sockets for HTTP or HTTPS
   */
  public PracticeUpstream(Practice practice, ServerSocketFactory sockets) throws IOException {
    this.practice = practice;
    listener = sockets.createServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  /** The port that is listened on. */
  public int port() {
    return listener.getLocalPort();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "practice-upstream");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        InputStream in = new BufferedInputStream(client.getInputStream());
        OutputStream out = client.getOutputStream()) {
      client.setTcpNoDelay(true);
      for (Head request = Head.read(in); request != null; request = Head.read(in)) {
        answer(request, out);
      }
    } catch (IOException e) {
      // The cache has closed the connection.
    }
  }

  private void answer(Head request, OutputStream out) throws IOException {
    String[] line = request.line().split(" ", -1);
    Optional<Practice.Content> found = practice.at(line[1]);
    if (found.isEmpty()) {
      out.write(head("404 Not Found", "Content-Length: 0\r\n"));
      return;
    }
    Practice.Content content = found.get();
    int size = content.bytes.length;
    int from = request.field("range").map(PracticeUpstream::firstByte).orElse(0);
    int to = Math.min(size, request.field("range").map(PracticeUpstream::end).orElse(size));
    String fields =
        "Content-Type: %s\r\nContent-Length: %d\r\nDocker-Content-Digest: %s\r\nAccept-Ranges: bytes\r\n"
            .formatted(content.mediaType, to - from, content.digest);
    out.write(
        request.field("range").isPresent()
            ? head(
                "206 Partial Content",
                fields + "Content-Range: bytes %d-%d/%d\r\n".formatted(from, to - 1, size))
            : head("200 OK", fields));
    if (line[0].equals("GET")) {
      out.write(content.bytes, from, to - from);
    }
  }

  private static int firstByte(String range) {
    return Integer.parseInt(range.substring(range.indexOf('=') + 1, range.indexOf('-')));
  }

  private static int end(String range) {
    String last = range.substring(range.indexOf('-') + 1);
    return last.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(last) + 1;
  }

  private static byte[] head(String status, String fields) {
    return ("HTTP/1.1 " + status + "\r\n" + fields + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
