package dev.cistern.proxy.upstream.http;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * A server that sends the bytes that a test says, whatever HTTP says. It reads requests without a
 * body, and keeps connections open until the client or the test closes them.
 */
final class ScriptedServer implements Closeable {

  /** How to answer a request; {@code line} is its first line. */
  @FunctionalInterface
  interface Script {
    void answer(String line, OutputStream out) throws IOException;
  }

  /** As {@link Script}, and reads what the client sends after the request. */
  @FunctionalInterface
  interface Conversation {
    void answer(String line, Reader in, OutputStream out) throws IOException;
  }

  private final ServerSocket listening;
  private final Conversation script;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  private ScriptedServer(ServerSocket listening, Conversation script) {
    this.listening = listening;
    this.script = script;
  }

  static ScriptedServer start(Script script) throws IOException {
    return start(
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        (line, in, out) -> script.answer(line, out));
  }

  static ScriptedServer startTls(Script script, String... protocols) throws IOException {
    return startTls((line, in, out) -> script.answer(line, out), protocols);
  }

  static ScriptedServer startTls(Conversation script, String... protocols) throws IOException {
    SSLServerSocket listening =
        (SSLServerSocket)
            TestTls.SERVER
                .sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listening.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    listening.setSSLParameters(parameters);
    return start(listening, script);
  }

  private static ScriptedServer start(ServerSocket listening, Conversation script) {
    ScriptedServer server = new ScriptedServer(listening, script);
    server.run(server::accept);
    return server;
  }

  /** A complete answer with these headers and body, as text. */
  static byte[] answer(String head, String body) {
    return (head + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
  }

  private interface Work {
    void run() throws IOException;
  }

  private void run(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The client or the test closed the connection.
              }
            });
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket connection = listening.accept();
      accepted.add(connection);
      run(() -> serve(connection));
    }
  }

  private void serve(Socket connection) throws IOException {
    try (connection) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String line = request(in); line != null; line = request(in)) {
        requests.add(line);
        script.answer(line, in, connection.getOutputStream());
        connection.getOutputStream().flush();
      }
    }
  }

  private static @Nullable String request(BufferedReader in) throws IOException {
    String line = in.readLine();
    for (String header = line; header != null && !header.isEmpty(); ) {
      header = in.readLine();
    }
    return line;
  }

  int port() {
    return listening.getLocalPort();
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** The first lines of all requests. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  int connections() {
    return accepted.size();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket connection : accepted) {
      connection.close();
    }
    for (Thread thread : threads) {
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
