package dev.cistern.server.http;

import dev.cistern.server.config.ListenAddress;
import io.undertow.UndertowOptions;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * A listener for operators, HTTP/1.1 without TLS. It takes few connections, little memory and
 * little time, as anyone who reaches its address can connect before any login, and clients of the
 * cache need the same file descriptors.
 */
public final class OperatorListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OperatorListener.class);

  /** How many connections there are. */
  static final int MOST_CONNECTIONS = 64;

  /** At so many nothing more is accepted until those that were replaced are closed. */
  private static final int MOST_SOCKETS = MOST_CONNECTIONS + 32;

  private static final int BUFFER = 16 << 10;
  private static final int BUFFERS_PER_THREAD = 4;
  private static final int MOST_HEADERS = 16 << 10;
  private static final long MOST_BODY = 64 << 10;

  private static final Duration WORK_TIMEOUT = Duration.ofSeconds(5);

  /**
   * How long a connection may take.
   *
   * @param request from the first byte of a request to the end of its headers
   * @param idle without a request
   */
  record Timeouts(Duration request, Duration idle) {

    static final Timeouts DEFAULT = new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  private final XnioWorker worker;
  private final AcceptingChannel<? extends StreamConnection> socket;
  private boolean closed; // guarded by this
  private final OperatorConnections connections;

  private OperatorListener(
      XnioWorker worker,
      AcceptingChannel<? extends StreamConnection> socket,
      OperatorConnections connections) {
    this.worker = worker;
    this.socket = socket;
    this.connections = connections;
  }

  /**
   * Starts to listen.
   *
   * @param key the key in the configuration that has the address
   * @param workerThreads for handlers that are dispatched
   * @throws IOException if the address cannot be used; the message is for the operator
   */
  public static OperatorListener start(
      String key, ListenAddress addr, int workerThreads, HttpHandler handler) throws IOException {
    return start(key, addr, workerThreads, handler, Timeouts.DEFAULT);
  }

  static OperatorListener start(
      String key, ListenAddress addr, int workerThreads, HttpHandler handler, Timeouts timeouts)
      throws IOException {
    InetSocketAddress address = addr.socketAddress();
    if (address.isUnresolved()) {
      throw new IOException(key + ": there is no host named " + address.getHostString());
    }
    OperatorConnections connections = new OperatorConnections(MOST_CONNECTIONS);
    HttpOpenListener http =
        new HttpOpenListener(
            new DefaultByteBufferPool(true, BUFFER, -1, BUFFERS_PER_THREAD), options(timeouts));
    http.setRootHandler(connections.noting(handler));
    XnioWorker worker = worker(workerThreads);
    try {
      AcceptingChannel<? extends StreamConnection> socket =
          worker.createStreamConnectionServer(
              address, acceptor(connections.taking(http)), socketOptions());
      socket.resumeAccepts();
      return new OperatorListener(worker, socket, connections);
    } catch (IOException | RuntimeException e) {
      worker.shutdownNow();
      throw ListenFailure.of(key, addr, e);
    }
  }

  private static OptionMap options(Timeouts timeouts) {
    return OptionMap.builder()
        .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) timeouts.request().toMillis())
        .set(UndertowOptions.NO_REQUEST_TIMEOUT, (int) timeouts.idle().toMillis())
        .set(UndertowOptions.MAX_HEADER_SIZE, MOST_HEADERS)
        .set(UndertowOptions.MAX_ENTITY_SIZE, MOST_BODY)
        .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
        .getMap();
  }

  private static OptionMap socketOptions() {
    return OptionMap.builder()
        .set(Options.TCP_NODELAY, true)
        .set(Options.REUSE_ADDRESSES, true)
        .set(Options.CONNECTION_HIGH_WATER, MOST_SOCKETS)
        .set(Options.CONNECTION_LOW_WATER, MOST_SOCKETS)
        .getMap();
  }

  private static XnioWorker worker(int threads) throws IOException {
    return Xnio.getInstance(OperatorListener.class.getClassLoader())
        .createWorker(
            OptionMap.builder()
                .set(Options.WORKER_IO_THREADS, 1)
                .set(Options.WORKER_TASK_CORE_THREADS, threads)
                .set(Options.WORKER_TASK_MAX_THREADS, threads)
                .getMap());
  }

  private static ChannelListener<AcceptingChannel<StreamConnection>> acceptor(
      ChannelListener<StreamConnection> taker) {
    return socket -> {
      try {
        for (StreamConnection connection = socket.accept();
            connection != null;
            connection = socket.accept()) {
          taker.handleEvent(connection);
        }
      } catch (IOException e) {
        log.warn("Could not accept a connection: {}", e.toString());
      }
    };
  }

  /** The address that is listened on, with the real port. */
  public InetSocketAddress address() {
    return socket.getLocalAddress(InetSocketAddress.class);
  }

  /** How many connections are kept. */
  int openConnections() {
    return connections.count();
  }

  /** Stops listening. Closing it again only waits for that. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    IoUtils.safeClose(socket);
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(WORK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("Requests of operators were still in progress after the listener was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
