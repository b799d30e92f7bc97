package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From where a request comes: behind trusted proxies, from where they say. */
public final class ClientAddress {

  private ClientAddress() {}

  /** The address of a client; empty if its connection was closed. */
  static Optional<InetAddress> of(HttpServerExchange exchange) {
    @Nullable InetSocketAddress source = exchange.getSourceAddress();
    return source == null ? Optional.empty() : Optional.ofNullable(source.getAddress());
  }

  /**
   * The network of a client, for limits: an address of IPv4, or a network of IPv6 with a prefix of
   * 64 bits, as one machine has all addresses of such a network.
   */
  public static String network(HttpServerExchange exchange) {
    return of(exchange).map(ExchangeRequester::client).orElse("?");
  }
}
