package dev.cistern.server.http;

import dev.cistern.proxy.content.Requester;
import io.undertow.server.HttpServerExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The client of an exchange, as the cache sees it. A client is an address. */
record ExchangeRequester(HttpServerExchange exchange, @Override String client)
    implements Requester {

  static Requester of(HttpServerExchange exchange) {
    InetSocketAddress source = exchange.getSourceAddress();
    InetAddress address = source == null ? null : source.getAddress();
    return new ExchangeRequester(exchange, address == null ? "?" : address.getHostAddress());
  }

  @Override
  public boolean isWaiting() {
    return !exchange.isComplete() && exchange.getConnection().isOpen();
  }
}
