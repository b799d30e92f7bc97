package dev.cistern.server.recording;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.SocketFactory;

/**
 * One connection to the server that is recorded, with one request at a time. No HTTP client, which
 * would load classes that a server does not need.
 */
public final class PracticeClient implements AutoCloseable {

  private static final int BUFFER = 64 * 1024;

  private final Socket socket;
  private final InputStream in;
  private final byte[] discarded = new byte[BUFFER];

  /**
   * Connects.
   *
   * @param sockets for HTTP or HTTPS
   */
  public PracticeClient(InetSocketAddress server, SocketFactory sockets) throws IOException {
    socket = sockets.createSocket(server.getAddress(), server.getPort());
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Reads the whole answer and returns its status. */
  public int get(String path, String... fields) throws IOException {
    return ask("GET", path, fields);
  }

  /** Reads the answer and returns its status. */
  public int head(String path) throws IOException {
    return ask("HEAD", path);
  }

  private int ask(String method, String path, String... fields) throws IOException {
    StringBuilder request = new StringBuilder(method);
    request.append(' ').append(path).append(" HTTP/1.1\r\nHost: practice\r\n");
    request.append(
        "User-Agent: docker/28.0\r\nAccept: application/vnd.oci.image.manifest.v1+json\r\n");
    request.append("Accept: application/vnd.oci.image.index.v1+json\r\nAccept: */*\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    request.append("\r\n");
    socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
    Head answer = Head.read(in);
    if (answer == null) {
      throw new EOFException("no answer to " + method + " " + path);
    }
    if (method.equals("GET")) {
      discard(answer.field("content-length").map(Long::parseLong).orElse(0L));
    }
    return Integer.parseInt(answer.line().split(" ", 3)[1]);
  }

  private void discard(long length) throws IOException {
    for (long left = length; left > 0; ) {
      int count = in.read(discarded, 0, (int) Math.min(left, BUFFER));
      if (count < 0) {
        throw new EOFException("the answer ended early");
      }
      left -= count;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
