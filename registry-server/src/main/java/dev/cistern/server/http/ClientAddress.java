package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** From where a request comes. */
public final class ClientAddress {

  private ClientAddress() {}

  /**
   * The network of a client, for limits: an address of IPv4, or a network of IPv6 with a prefix of
   * 64 bits, as one machine has all addresses of such a network.
   */
  public static String network(HttpServerExchange exchange) {
    // A closed connection has none.
    @Nullable InetSocketAddress source = exchange.getSourceAddress();
    return source == null || source.getAddress() == null
        ? "?"
        : ExchangeRequester.client(source.getAddress());
  }
}
