package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * Sends a body of HTTP/1.1 after its headers, and ends the exchange. Undertow keeps what it has
 * written together with headers until the connection has its next answer: thousands of connections
 * without a request would hold as many bodies. On the I/O thread of the exchange.
 */
final class BodySender implements ChannelListener<StreamSinkChannel> {

  private final HttpServerExchange exchange;
  private final ByteBuffer body;
  private boolean headersAreSent;

  private BodySender(HttpServerExchange exchange, ByteBuffer body) {
    this.exchange = exchange;
    this.body = body;
  }

  /** Sends what the client takes now, and the rest later. */
  static void send(HttpServerExchange exchange, ByteBuffer body) {
    StreamSinkChannel channel = exchange.getResponseChannel();
    BodySender sender = new BodySender(exchange, body);
    channel.getWriteSetter().set(sender);
    sender.handleEvent(channel);
  }

  @Override
  public void handleEvent(StreamSinkChannel channel) {
    try {
      headersAreSent = headersAreSent || channel.flush();
      while (headersAreSent && body.hasRemaining() && channel.write(body) > 0) {
        // A write may take less than there is.
      }
    } catch (IOException e) {
      IoUtils.safeClose(exchange.getConnection());
      exchange.endExchange();
      return;
    }
    if (body.hasRemaining()) {
      channel.resumeWrites();
    } else {
      channel.suspendWrites();
      exchange.endExchange();
    }
  }
}
