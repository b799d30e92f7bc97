package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.server.config.IpNetwork;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Refuses requests from outside of some networks, before anything else looks at them. The answer is
 * an error and no closed connection, so that an operator who listed the wrong networks sees the
 * reason.
 */
public final class AllowedNetworks implements HttpHandler {

  private final List<IpNetwork> networks;
  private final HttpHandler next;

  public AllowedNetworks(List<IpNetwork> networks, HttpHandler next) {
    this.networks = List.copyOf(networks);
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    Optional<InetAddress> client = ClientAddress.of(exchange);
    if (client.isPresent()
        && networks.stream().anyMatch(network -> network.contains(client.get()))) {
      next.handleRequest(exchange);
      return;
    }
    exchange.setPersistent(false);
    Answers.fail(
        exchange,
        new RegistryException(
            ErrorCode.DENIED, "This cache does not serve your address; see http.allow"));
  }
}
