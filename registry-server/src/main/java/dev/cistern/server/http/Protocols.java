package dev.cistern.server.http;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.TlsConfig;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.AlpnOpenListener;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.server.protocol.http2.Http2OpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import org.xnio.ChannelListener;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Sequence;
import org.xnio.SslClientAuthMode;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/** The protocols that clients speak: TCP or TLS, and on it HTTP/1.1 or HTTP/2. */
final class Protocols {

  /** For headers, and for bodies that do not go from file to socket, in bytes. */
  private static final int BUFFER = 16 << 10;

  /** For a TLS record, in bytes. */
  private static final int TLS_BUFFER = 17 << 10;

  /** How many frames of HTTP/2 wait for the client before nothing more is read from it. */
  private static final int WAITING_FRAMES = 50;

  private final HttpConfig config;
  private final OpenConnections connections;
  private final Capacity capacity;
  private final HttpHandler handler;
  private final LongAdder heldBuffers = new LongAdder();

  /**
   * @param capacity for buffers, and for requests of HTTP/2
   */
  Protocols(
      HttpConfig config, OpenConnections connections, Capacity capacity, HttpHandler handler) {
    this.config = config;
    this.connections = connections;
    this.capacity = capacity;
    this.handler = handler;
  }

  private BoundedBuffers buffers(int size) {
    return new BoundedBuffers(
        size, heldBuffers, capacity.buffers(), capacity.reserved(), connections::freeBuffers);
  }

  /** Takes connections that were admitted. */
  ChannelListener<StreamConnection> listener() {
    // Undertow decides by the heap, and with a small one takes buffers of half a kilobyte.
    ByteBufferPool buffers = buffers(BUFFER);
    HttpLimits limits = config.limits();
    OptionMap options =
        OptionMap.builder()
            .set(UndertowOptions.MAX_HEADER_SIZE, limits.maxHeaderSize())
            .set(UndertowOptions.DECODE_URL, false)
            // HTTP/1.1 keeps connections without a word (RFC 9112 §9.3).
            .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
            .getMap();
    HttpOpenListener http = new HttpOpenListener(buffers, options);
    http.setRootHandler(handler);
    if (config.tls().isEmpty() || config.http2() == HttpConfig.Http2.DISABLED) {
      return http;
    }
    OptionMap http2Options =
        OptionMap.builder()
            .addAll(options)
            // Only this one tells the client before it closes. For HTTP/1.1 and for clients that
            // never ask for anything, connections are watched elsewhere.
            .set(UndertowOptions.NO_REQUEST_TIMEOUT, (int) limits.idleTimeout().toMillis())
            .set(UndertowOptions.HTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maxStreams())
            .set(UndertowOptions.QUEUED_FRAMES_HIGH_WATER_MARK, WAITING_FRAMES)
            .set(UndertowOptions.RST_FRAMES_TIME_WINDOW, (int) Resets.WINDOW.toMillis())
            .set(UndertowOptions.MAX_RST_FRAMES_PER_WINDOW, limits.maxResets())
            .getMap();
    AlpnOpenListener either = new AlpnOpenListener(buffers, options, http);
    either.addProtocol(
        Http2OpenListener.HTTP2,
        new MultiplexedListener(
            connections,
            buffers,
            BUFFER,
            new Resets(limits.maxResets(), capacity.streams(), System::nanoTime),
            http2Options,
            handler),
        10);
    return either;
  }

  /** Starts to listen for connections without TLS. */
  AcceptingChannel<? extends StreamConnection> listen(XnioWorker worker, Acceptor acceptor)
      throws IOException {
    return worker.createStreamConnectionServer(address(), acceptor, socketOptions().getMap());
  }

  /** Starts to listen for connections with TLS. */
  AcceptingChannel<? extends StreamConnection> listen(
      XnioWorker worker, Acceptor acceptor, SSLContext tls) throws IOException {
    return new UndertowXnioSsl(
            worker.getXnio(),
            OptionMap.create(Options.USE_DIRECT_BUFFERS, true),
            buffers(TLS_BUFFER),
            tls)
        .createSslConnectionServer(
            worker,
            address(),
            acceptor,
            socketOptions()
                .set(Options.SSL_ENABLED_PROTOCOLS, versions(config.tls().orElseThrow()))
                .set(Options.SSL_CLIENT_AUTH_MODE, clientAuth(config.tls().orElseThrow()))
                .getMap());
  }

  private static OptionMap.Builder socketOptions() {
    return OptionMap.builder()
        .set(Options.TCP_NODELAY, true)
        .set(Options.REUSE_ADDRESSES, true)
        .set(Options.BALANCING_TOKENS, 1)
        .set(Options.BALANCING_CONNECTIONS, 2)
        .set(Options.BACKLOG, 1000);
  }

  private static Sequence<String> versions(TlsConfig tls) {
    return Sequence.of(
        Arrays.stream(TlsConfig.Version.values())
            .filter(version -> version.compareTo(tls.minimum()) >= 0)
            .map(TlsConfig.Version::protocol)
            .toList());
  }

  private static SslClientAuthMode clientAuth(TlsConfig tls) {
    if (tls.clientCas().isEmpty()) {
      return SslClientAuthMode.NOT_REQUESTED;
    }
    return tls.clientAuth() == TlsConfig.ClientAuth.REQUIRED
        ? SslClientAuthMode.REQUIRED
        : SslClientAuthMode.REQUESTED;
  }

  private InetSocketAddress address() {
    // The wildcard address as this machine has it: of both protocol families where there are two.
    String host =
        config
            .addr()
            .host()
            .orElseGet(() -> new InetSocketAddress(0).getAddress().getHostAddress());
    return new InetSocketAddress(host, config.addr().socketAddress().getPort());
  }
}
