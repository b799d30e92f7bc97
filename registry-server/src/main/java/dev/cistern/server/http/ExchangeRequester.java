package dev.cistern.server.http;

import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.Cause;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The client of an exchange, as the cache sees it. A client is an address of IPv4, or a network of
 * IPv6 with a prefix of 64 bits, as one machine has all addresses of such a network.
 *
 * <p>Undertow does not read from an HTTP/1.1 connection while a request is in progress, so it does
 * not notice that the client leaves. This reads meanwhile. What a client sends that does not wait
 * for its answer is given back to Undertow, as the begin of the next request. So this reads only
 * where the request has no body.
 */
final class ExchangeRequester implements Requester, ChannelListener<ConduitStreamSourceChannel> {

  private static final AttachmentKey<ExchangeRequester> KEY =
      AttachmentKey.create(ExchangeRequester.class);

  // Null when the request is over: work that no client waits for any more must not hold it.
  private volatile @Nullable HttpServerExchange exchange;
  private final List<String> passed;
  private final Cause cause;
  private final boolean peer;
  private Runnable onLeft = () -> {};
  private volatile @Nullable String client;
  private volatile boolean left;

  /** Call on the I/O thread. */
  ExchangeRequester(HttpServerExchange exchange) {
    this.exchange = exchange;
    passed = LoopCheck.passed(exchange);
    cause = RequestCause.of(exchange);
    peer = PeerCheck.isPeer(exchange);
  }

  /**
   * The request is not over at once: {@link #watch} and {@link #leave} find this, and the client
   * stays known when the request is over. Call on the I/O thread.
   */
  void attach(HttpServerExchange waiting) {
    client = client();
    waiting.putAttachment(KEY, this);
  }

  /**
   * Notices from now on that the client leaves. Call on the I/O thread.
   *
   * @param onLeft called then, on that thread
   */
  static void watch(HttpServerExchange exchange, Runnable onLeft) {
    ExchangeRequester requester = exchange.getAttachment(KEY);
    if (requester != null) {
      requester.onLeft = onLeft;
    }
    WatchedConnection watched = WatchedConnection.of(exchange);
    if (requester != null
        && exchange.isRequestComplete()
        && (watched == null || !watched.ignoresBody())
        && exchange.getConnection() instanceof HttpServerConnection connection
        && connection.getExtraBytes() == null) {
      ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
      source.setReadListener(requester);
      source.resumeReads();
    }
  }

  /** Leaves the connection to Undertow again, which sets its own listener. Likewise. */
  static void unwatch(HttpServerExchange exchange) {
    if (exchange.getAttachment(KEY) != null
        && exchange.isRequestComplete()
        && exchange.getConnection() instanceof HttpServerConnection connection) {
      connection.getChannel().getSourceChannel().suspendReads();
      WatchedConnection watched = WatchedConnection.of(exchange);
      if (watched != null) {
        watched.answerBegins();
      }
    }
  }

  /** The client does not want the answer any more; what is done for it alone can be dropped. */
  static void leave(HttpServerExchange exchange) {
    ExchangeRequester requester = exchange.getAttachment(KEY);
    if (requester != null) {
      requester.left = true;
      requester.exchange = null;
    }
  }

  /** Behind a peer are many clients: each of its requests has its own turn in a queue. */
  @Override
  public String client() {
    String known = client;
    if (known != null) {
      return known;
    }
    return peer ? "peer-" + System.identityHashCode(this) : address();
  }

  private String address() {
    HttpServerExchange current = exchange;
    // A closed connection has none.
    InetSocketAddress source = current == null ? null : current.getSourceAddress();
    return source == null || source.getAddress() == null ? "?" : client(source.getAddress());
  }

  @Override
  public List<String> passed() {
    return passed;
  }

  @Override
  public boolean isPeer() {
    return peer;
  }

  @Override
  public Cause cause() {
    return cause;
  }

  static String client(InetAddress address) {
    return address instanceof Inet6Address
        ? HexFormat.of().formatHex(address.getAddress(), 0, 8) + "/64"
        : address.getHostAddress();
  }

  @Override
  public boolean isWaiting() {
    HttpServerExchange current = exchange;
    return !left && current != null && !current.isComplete() && current.getConnection().isOpen();
  }

  /** The client sent something, or its end of the connection is closed. */
  @Override
  public void handleEvent(ConduitStreamSourceChannel source) {
    HttpServerExchange current = exchange;
    if (current == null) {
      source.suspendReads();
      return;
    }
    HttpServerConnection connection = (HttpServerConnection) current.getConnection();
    PooledByteBuffer buffer = connection.getByteBufferPool().allocate();
    boolean kept = false;
    try {
      int read = source.read(buffer.getBuffer());
      if (read > 0) {
        buffer.getBuffer().flip();
        connection.ungetRequestBytes(buffer);
        kept = true;
      }
      // A client that closed only its own direction still gets the answer if there is one.
      if (read < 0) {
        left(current);
      }
      if (read != 0) {
        source.suspendReads();
      }
    } catch (IOException e) {
      left(current);
      IoUtils.safeClose(connection);
    } finally {
      if (!kept) {
        buffer.close();
      }
    }
  }

  private void left(HttpServerExchange current) {
    left = true;
    onLeft.run();
    WatchedConnection watched = WatchedConnection.of(current);
    if (watched != null) {
      watched.clientLeft();
    }
  }
}
