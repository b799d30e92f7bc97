package dev.cistern.server.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A connection of HTTP/2 on which a test says which frames are sent (RFC 9113 §6). */
final class Http2Frames implements Closeable {

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int GOAWAY = 7;
  static final int CONTINUATION = 9;

  /** Headers of an answer without a body: type and flag. */
  static final int HEADERS_AT_END = 0x101;

  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 8;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  private static final int END_STREAM_AND_HEADERS = 5;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int CANCEL = 8;

  private final SSLSocket socket;
  private final DataInputStream in;
  private int window;

  private Http2Frames(SSLSocket socket) throws IOException {
    this.socket = socket;
    in = new DataInputStream(socket.getInputStream());
  }

  /** Does the handshake of TLS, and nothing else. */
  static Http2Frames connect(int port) throws IOException {
    return connect(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Likewise, on a connection that is there. */
  static Http2Frames connect(Socket connected) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            Https.trusting()
                .getSocketFactory()
                .createSocket(connected, null, connected.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout((int) RunningServer.DEADLINE.toMillis());
    socket.startHandshake();
    return new Http2Frames(socket);
  }

  /** Sends the preface alone. */
  void preface() throws IOException {
    socket
        .getOutputStream()
        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends any frame. */
  void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    send(bytes(type, flags, stream, payload));
  }

  /** Sends frames, or parts of them, which arrive together. */
  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Any frame. */
  static byte[] bytes(int type, int flags, int stream, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    return frame.array();
  }

  /** Sends the preface and empty settings. */
  void settings() throws IOException {
    settings(65_535);
  }

  /** Sends the preface, and how much of each answer the server may send. */
  void settings(int window) throws IOException {
    preface();
    frame(
        SETTINGS,
        0,
        0,
        ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE).putInt(window).array());
  }

  /**
   * Takes so many bytes more.
   *
   * @param stream 0 for the connection
   */
  void open(int stream, int bytes) throws IOException {
    frame(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
  }

  /** Asks for an answer to nothing. */
  void ping() throws IOException {
    frame(PING, 0, 0, new byte[8]);
  }

  /** Sends a request. */
  void get(int stream, String path) throws IOException {
    frame(HEADERS, END_STREAM_AND_HEADERS, stream, request("GET", path));
  }

  /** Takes a request back. */
  void reset(int stream) throws IOException {
    frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, CANCEL});
  }

  /**
   * The headers of a request, as literals (RFC 7541 §6.2.2).
   *
   * @param more names and values in turn
   */
  static byte[] request(String method, String path, String... more) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    literal(headers, ":method", method);
    literal(headers, ":scheme", "https");
    literal(headers, ":path", path);
    literal(headers, ":authority", "localhost");
    for (int i = 0; i < more.length; i += 2) {
      literal(headers, more[i], more[i + 1]);
    }
    return headers.toByteArray();
  }

  /** One header, as a literal. */
  static byte[] header(String name, String value) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    literal(header, name, value);
    return header.toByteArray();
  }

  private static void literal(ByteArrayOutputStream headers, String name, String value) {
    headers.write(0);
    text(headers, name);
    text(headers, value);
  }

  private static void text(ByteArrayOutputStream headers, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length < 127) {
      headers.write(bytes.length);
    } else {
      headers.write(127);
      int rest = bytes.length - 127;
      for (; rest >= 128; rest >>= 7) {
        headers.write((rest & 127) | 128);
      }
      headers.write(rest);
    }
    headers.writeBytes(bytes);
  }

  /**
   * Reads frames up to one of that kind on that stream.
   *
   * @return its content
   */
  byte[] await(int kind, int stream) throws IOException {
    return await(kind, stream, new ArrayList<>());
  }

  /** How much the server has allowed to send on the connection, since this was asked last. */
  int windowSeen() {
    int seen = window;
    window = 0;
    return seen;
  }

  /** Reads frames up to one of that kind on that stream, and returns their kinds. */
  List<Integer> kindsUpTo(int kind, int stream) throws IOException {
    List<Integer> seen = new ArrayList<>();
    await(kind, stream, seen);
    return seen;
  }

  private byte[] await(int kind, int stream, List<Integer> seen) throws IOException {
    while (true) {
      Frame frame = next();
      seen.add(frame.type());
      if (frame.stream() == stream && frame.isOf(kind)) {
        return frame.payload().array();
      }
    }
  }

  /** Reads frames until they have so many bytes, and returns their kinds. */
  List<Integer> take(int bytes) throws IOException {
    List<Integer> seen = new ArrayList<>();
    for (int taken = 0; taken < bytes; ) {
      Frame frame = next();
      seen.add(frame.type());
      taken += frame.payload().capacity();
    }
    return seen;
  }

  private record Frame(int type, int flags, int stream, ByteBuffer payload) {
    boolean isOf(int kind) {
      int endOfHeaders = type == HEADERS && (flags & END_STREAM) != 0 ? HEADERS_AT_END : type;
      return type == kind || endOfHeaders == kind;
    }
  }

  private Frame next() throws IOException {
    byte[] payload = new byte[(in.readUnsignedByte() << 16) | in.readUnsignedShort()];
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    in.readFully(payload);
    if (type == WINDOW_UPDATE && stream == 0) {
      window += ByteBuffer.wrap(payload).getInt();
    }
    return new Frame(type, flags, stream, ByteBuffer.wrap(payload));
  }

  /** Reads until the server closes or resets the connection. */
  void awaitClosed() throws IOException {
    try {
      await(-1, 0);
    } catch (EOFException | SocketException e) {
      // Closed.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
