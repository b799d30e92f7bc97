package dev.cistern.server.fault;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ServerSocketFactory;

/**
 * An upstream on a real socket that answers each request as a script says, one request a
 * connection. Remembers what it was asked and counts what it sent.
 */
final class FaultyRegistry implements Closeable {

  /** How to answer a request. */
  @FunctionalInterface
  interface Script {
    void play(Ask ask, Wire wire) throws IOException;
  }

  private final ServerSocket listener;
  private final Script script;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final List<Ask> asks = new CopyOnWriteArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private final CountDownLatch asked = new CountDownLatch(1);

  private FaultyRegistry(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
    thread(this::accept);
  }

  static FaultyRegistry start(Script script) throws IOException {
    return start(ServerSocketFactory.getDefault(), 0, script);
  }

  /**
   * Starts to listen on the loopback.
   *
   * @param port 0 lets the system choose
   */
  static FaultyRegistry start(ServerSocketFactory sockets, int port, Script script)
      throws IOException {
    return new FaultyRegistry(
        sockets.createServerSocket(port, 500, InetAddress.getLoopbackAddress()), script);
  }

  String name() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** What was asked so far. */
  List<Ask> asks() {
    return List.copyOf(asks);
  }

  /** Waits until something has been asked. */
  void awaitAsk() {
    try {
      if (!asked.await(Reply.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new AssertionError("nothing is asked");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits until so many requests have come. */
  synchronized void awaitAsks(int count) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Reply.PATIENCE_MILLIS);
    try {
      while (asks.size() < count) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("only " + asks.size() + " requests came");
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** How many bytes of bodies were sent so far. */
  long sent() {
    return sent.get();
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "faulty-registry");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket connection = listener.accept();
        connections.add(connection);
        thread(() -> serve(connection));
      } catch (IOException e) {
        // Closed, or a connection that broke at once.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(connection.getInputStream());
      String line = line(in);
      if (line.isEmpty()) {
        return;
      }
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        int colon = header.indexOf(':');
        headers.put(header.substring(0, colon), header.substring(colon + 1).strip());
      }
      Ask ask = remember(line.split(" ", -1), headers);
      script.play(ask, new Wire(connection, ask, name(), sent));
    } catch (SocketException e) {
      // The cache has left.
    } catch (IOException e) {
      // Likewise, in the middle of a TLS handshake.
    } finally {
      connections.remove(connection);
    }
  }

  private synchronized Ask remember(String[] line, Map<String, String> headers) {
    int time =
        1
            + (int)
                asks.stream()
                    .filter(ask -> ask.method().equals(line[0]) && ask.path().equals(line[1]))
                    .count();
    Ask ask = new Ask(line[0], line[1], headers, time);
    asks.add(ask);
    asked.countDown();
    notifyAll();
    return ask;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }
}
