package dev.cistern.server.http;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.TlsConfig;
import dev.cistern.server.tls.TlsContext;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.Options;
import org.xnio.Sequence;

/** The socket that clients reach, with or without TLS, as {@code http} describes it. */
public final class HttpListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  /** How long a client may take for the line and headers of a request. */
  private static final Duration REQUEST_PARSE_TIMEOUT = Duration.ofSeconds(30);

  /** How long a connection is kept open for the next request. */
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(75);

  /** How long work that hangs in storage may hold up the end, once requests have had their time. */
  private static final Duration WORK_TIMEOUT = Duration.ofSeconds(1);

  /** How many requests one HTTP/2 connection may have under way: what Go's servers allow. */
  private static final int MAX_STREAMS = 250;

  /** For headers, and for bodies that do not go from file to socket, in bytes. */
  private static final int BUFFER = 16 << 10;

  private final Undertow server;
  private final GracefulShutdownHandler requests;
  private final AtomicBoolean stopping;
  private final Duration drainTimeout;

  private HttpListener(
      Undertow server,
      GracefulShutdownHandler requests,
      AtomicBoolean stopping,
      Duration drainTimeout) {
    this.server = server;
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
    GracefulShutdownHandler requests = new GracefulShutdownHandler(handler);
    AtomicBoolean stopping = new AtomicBoolean();
    Undertow.Builder builder =
        Undertow.builder()
            .setHandler(marked(requests, stopping))
            // Undertow goes by the heap, and with a small one takes buffers of half a kilobyte.
            .setDirectBuffers(true)
            .setBufferSize(BUFFER)
            .setServerOption(
                UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) REQUEST_PARSE_TIMEOUT.toMillis())
            .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, (int) IDLE_TIMEOUT.toMillis())
            .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, (int) WORK_TIMEOUT.toMillis())
            .setServerOption(UndertowOptions.DECODE_URL, false)
            .setSocketOption(Options.TCP_NODELAY, true);
    Optional<TlsConfig> tls = config.tls();
    if (tls.isPresent()) {
      SSLContext context = TlsContext.of(tls.get());
      builder
          .setServerOption(UndertowOptions.ENABLE_HTTP2, config.http2() == HttpConfig.Http2.ENABLED)
          .setServerOption(UndertowOptions.HTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, MAX_STREAMS)
          .setSocketOption(Options.SSL_ENABLED_PROTOCOLS, protocols(tls.get()))
          .addHttpsListener(address.getPort(), host(config), context);
    } else {
      builder.addHttpListener(address.getPort(), host(config));
    }
    Undertow server = builder.build();
    try {
      server.start();
    } catch (RuntimeException e) {
      throw new IOException(
          "http.addr: cannot listen on " + config.addr() + ": " + rootMessage(e), e);
    }
    return new HttpListener(server, requests, stopping, config.drainTimeout());
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

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
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
    server.stop();
  }
}
