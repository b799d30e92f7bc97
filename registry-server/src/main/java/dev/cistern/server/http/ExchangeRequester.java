package dev.cistern.server.http;

import dev.cistern.proxy.content.Requester;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The client of an exchange, as the cache sees it. A client is an address.
 *
 * <p>Undertow does not read from an HTTP/1.1 connection while a request is in progress, so it does
 * not notice that the client leaves. This reads meanwhile. What a client sends that does not wait
 * for its answer is given back to Undertow.
 */
final class ExchangeRequester implements Requester, ChannelListener<ConduitStreamSourceChannel> {

  private static final AttachmentKey<ExchangeRequester> KEY =
      AttachmentKey.create(ExchangeRequester.class);

  private final HttpServerExchange exchange;
  private final String client;
  private volatile boolean left;

  private ExchangeRequester(HttpServerExchange exchange, String client) {
    this.exchange = exchange;
    this.client = client;
  }

  /** The requester of an exchange. Call on its I/O thread. */
  static Requester of(HttpServerExchange exchange) {
    InetSocketAddress source = exchange.getSourceAddress();
    @Nullable InetAddress address = source == null ? null : source.getAddress();
    ExchangeRequester requester =
        new ExchangeRequester(exchange, address == null ? "?" : address.getHostAddress());
    exchange.putAttachment(KEY, requester);
    return requester;
  }

  /** Notices from now on that the client leaves. Call on the I/O thread. */
  static void watch(HttpServerExchange exchange) {
    ExchangeRequester requester = exchange.getAttachment(KEY);
    if (requester != null
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
        && exchange.getConnection() instanceof HttpServerConnection connection) {
      connection.getChannel().getSourceChannel().suspendReads();
    }
  }

  @Override
  public String client() {
    return client;
  }

  @Override
  public boolean isWaiting() {
    return !left && !exchange.isComplete() && exchange.getConnection().isOpen();
  }

  /** The client sent something, or its end of the connection is closed. */
  @Override
  public void handleEvent(ConduitStreamSourceChannel source) {
    HttpServerConnection connection = (HttpServerConnection) exchange.getConnection();
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
      left = read < 0;
      if (read != 0) {
        source.suspendReads();
      }
    } catch (IOException e) {
      left = true;
      source.suspendReads();
    } finally {
      if (!kept) {
        buffer.close();
      }
    }
  }
}
