package dev.cistern.server.fault;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a client of the cache gets, to the end of the connection. */
final class Reply {

  /** How long a client waits for anything: only a hung test uses it up. */
  static final int PATIENCE_MILLIS = 45_000;

  private final int status;
  private final Map<String, String> headers;
  private final byte[] body;
  private final boolean complete;

  /**
   * @param headers by name, whatever its case
   */
  private Reply(int status, Map<String, String> headers, byte[] body, boolean complete) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.complete = complete;
  }

  /**
   * Asks on a connection of its own.
   *
   * @param headers whole lines
   */
  static Reply to(InetSocketAddress server, String method, String path, String... headers)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(server);
      StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
      request.append("Host: cache\r\nConnection: close\r\n");
      Arrays.stream(headers).forEach(header -> request.append(header).append("\r\n"));
      socket
          .getOutputStream()
          .write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      return parse(method, readAll(socket.getInputStream()));
    }
  }

  private static byte[] readAll(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[16 * 1024];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes.write(buffer, 0, n);
      }
    } catch (SocketException e) {
      // A reset ends an answer as well.
    }
    return bytes.toByteArray();
  }

  private static Reply parse(String method, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return new Reply(0, Map.of(), bytes, false);
    }
    String[] lines = text.substring(0, end).split("\r\n", -1);
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : Arrays.asList(lines).subList(1, lines.length)) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    int status = Integer.parseInt(lines[0].split(" ", -1)[1]);
    byte[] body = Arrays.copyOfRange(bytes, end + 4, bytes.length);
    if (headers.containsKey("Transfer-Encoding")) {
      return chunked(status, headers, body);
    }
    String length = headers.getOrDefault("Content-Length", "0");
    boolean complete =
        method.equals("HEAD") ? body.length == 0 : body.length == Long.parseLong(length);
    return new Reply(status, headers, body, complete);
  }

  private static Reply chunked(int status, Map<String, String> headers, byte[] chunks) {
    String text = new String(chunks, StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int at = 0; ; ) {
      int line = text.indexOf("\r\n", at);
      int size = line < 0 ? -1 : Integer.parseInt(text.substring(at, line), 16);
      int first = line + 2;
      if (size <= 0 || first + size + 2 > chunks.length) {
        return new Reply(status, headers, body.toByteArray(), size == 0);
      }
      body.write(chunks, first, size);
      at = first + size + 2;
    }
  }

  /** The status; 0 when the connection ended before there was any. */
  int status() {
    return status;
  }

  byte[] body() {
    return body;
  }

  /** Whether the body ended as it was announced to. */
  boolean complete() {
    return complete;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
