package dev.cistern.server.http;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.TlsConfig;
import dev.cistern.server.tls.TlsContext;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.protocol.http.AlpnOpenListener;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.server.protocol.http2.Http2OpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Sequence;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/** The socket that clients reach, with or without TLS, as {@code http} describes it. */
public final class HttpListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  /** How often to look for connections that are overdue. */
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /** How long work that hangs in storage may hold up the end, once requests have had their time. */
  private static final Duration WORK_TIMEOUT = Duration.ofSeconds(1);

  /** For headers, and for bodies that do not go from file to socket, in bytes. */
  private static final int BUFFER = 16 << 10;

  private final XnioWorker worker;
  private final AcceptingChannel<? extends StreamConnection> socket;
  private final OpenConnections connections;
  private final GracefulShutdownHandler requests;
  private final AtomicBoolean stopping;
  private final Duration drainTimeout;

  private HttpListener(
      XnioWorker worker,
      AcceptingChannel<? extends StreamConnection> socket,
      OpenConnections connections,
      GracefulShutdownHandler requests,
      AtomicBoolean stopping,
      Duration drainTimeout) {
    this.worker = worker;
    this.socket = socket;
    this.connections = connections;
    this.requests = requests;
    this.stopping = stopping;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException when the TLS files or the address cannot be used; the message is for the
   *     operator
   */
  public static HttpListener start(HttpConfig config, HttpHandler handler) throws IOException {
    InetSocketAddress address = config.addr().socketAddress();
    if (address.isUnresolved()) {
      throw new IOException("http.addr: there is no host named " + address.getHostString());
    }
    Optional<SSLContext> tls =
        config.tls().isPresent()
            ? Optional.of(TlsContext.of(config.tls().get()))
            : Optional.empty();
    HttpLimits limits = config.limits().withinDescriptors();
    OpenConnections connections = new OpenConnections(limits, System::nanoTime);
    GracefulShutdownHandler requests =
        new GracefulShutdownHandler(new ClientLimits(limits, connections, handler));
    AtomicBoolean stopping = new AtomicBoolean();
    XnioWorker worker = worker();
    boolean started = false;
    try {
      Acceptor acceptor =
          new Acceptor(connections, protocol(config, limits, marked(requests, stopping)));
      AcceptingChannel<? extends StreamConnection> socket = listen(worker, config, tls, acceptor);
      socket.resumeAccepts();
      worker
          .getIoThread()
          .executeAtInterval(connections::closeOverdue, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
      started = true;
      return new HttpListener(
          worker, socket, connections, requests, stopping, config.drainTimeout());
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "http.addr: cannot listen on " + config.addr() + ": " + rootMessage(e), e);
    } finally {
      if (!started) {
        worker.shutdownNow();
      }
    }
  }

  /** Marks the requests that Undertow refuses while the server is being stopped. */
  private static HttpHandler marked(HttpHandler requests, AtomicBoolean stopping) {
    return exchange -> {
      if (stopping.get()) {
        exchange.getResponseHeaders().put(CacheStatusHeader.NAME, CacheStatusHeader.STOPPING);
      }
      requests.handleRequest(exchange);
    };
  }

  /** As Undertow's own builder has it. */
  private static XnioWorker worker() throws IOException {
    int ioThreads = Math.max(Runtime.getRuntime().availableProcessors(), 2);
    return Xnio.getInstance(HttpListener.class.getClassLoader())
        .createWorker(
            OptionMap.builder()
                .set(Options.WORKER_IO_THREADS, ioThreads)
                .set(Options.WORKER_TASK_CORE_THREADS, ioThreads * 8)
                .set(Options.WORKER_TASK_MAX_THREADS, ioThreads * 8)
                .set(Options.TCP_NODELAY, true)
                .getMap());
  }

  private static ChannelListener<StreamConnection> protocol(
      HttpConfig config, HttpLimits limits, HttpHandler handler) {
    // Undertow goes by the heap, and with a small one takes buffers of half a kilobyte.
    ByteBufferPool buffers = new DefaultByteBufferPool(true, BUFFER, -1, 4);
    OptionMap options =
        OptionMap.builder()
            .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
            .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) limits.requestTimeout().toMillis())
            .set(UndertowOptions.NO_REQUEST_TIMEOUT, (int) limits.idleTimeout().toMillis())
            .set(UndertowOptions.MAX_HEADER_SIZE, limits.maxHeaderSize())
            .set(UndertowOptions.HTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maxStreams())
            .set(UndertowOptions.DECODE_URL, false)
            .getMap();
    HttpOpenListener http = new HttpOpenListener(buffers, options);
    http.setRootHandler(handler);
    if (config.tls().isEmpty() || config.http2() == HttpConfig.Http2.DISABLED) {
      return http;
    }
    Http2OpenListener http2 = new Http2OpenListener(buffers, options);
    http2.setRootHandler(handler);
    AlpnOpenListener either = new AlpnOpenListener(buffers, options, http);
    either.addProtocol(Http2OpenListener.HTTP2, http2, 10);
    return either;
  }

  private static AcceptingChannel<? extends StreamConnection> listen(
      XnioWorker worker, HttpConfig config, Optional<SSLContext> tls, Acceptor acceptor)
      throws IOException {
    OptionMap.Builder options =
        OptionMap.builder()
            .set(Options.TCP_NODELAY, true)
            .set(Options.REUSE_ADDRESSES, true)
            .set(Options.BALANCING_TOKENS, 1)
            .set(Options.BALANCING_CONNECTIONS, 2)
            .set(Options.BACKLOG, 1000);
    InetSocketAddress address =
        new InetSocketAddress(host(config), config.addr().socketAddress().getPort());
    if (tls.isEmpty()) {
      return worker.createStreamConnectionServer(address, acceptor, options.getMap());
    }
    options.set(Options.SSL_ENABLED_PROTOCOLS, protocols(config.tls().orElseThrow()));
    return new UndertowXnioSsl(
            worker.getXnio(), OptionMap.create(Options.USE_DIRECT_BUFFERS, true), tls.get())
        .createSslConnectionServer(worker, address, acceptor, options.getMap());
  }

  private static Sequence<String> protocols(TlsConfig tls) {
    return Sequence.of(
        Arrays.stream(TlsConfig.Version.values())
            .filter(version -> version.compareTo(tls.minimum()) >= 0)
            .map(TlsConfig.Version::protocol)
            .toList());
  }

  private static String host(HttpConfig config) {
    // The wildcard address as this machine has it: of both protocol families where there are two.
    return config
        .addr()
        .host()
        .orElseGet(() -> new InetSocketAddress(0).getAddress().getHostAddress());
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /** How many connections of clients are open. */
  public int openConnections() {
    return connections.count();
  }

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return socket.getLocalAddress(InetSocketAddress.class);
  }

  /** Refuses new requests, lets those in progress end for the configured time, and stops. */
  @Override
  public void close() {
    stopping.set(true);
    requests.shutdown();
    try {
      if (!requests.awaitShutdown(drainTimeout.toMillis())) {
        log.warn("Requests were still in progress after {} s", drainTimeout.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    IoUtils.safeClose(socket);
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(WORK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("Requests were still in progress after the listener was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
