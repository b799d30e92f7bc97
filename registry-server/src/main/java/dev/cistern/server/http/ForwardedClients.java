package dev.cistern.server.http;

import com.google.common.net.InetAddresses;
import dev.cistern.server.config.ClientsConfig;
import dev.cistern.server.config.ClientsConfig.ForwardedHeader;
import dev.cistern.server.config.IpNetwork;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the client behind trusted proxies: the last address in the header that is none of a trusted
 * proxy. What comes before it was sent by that client, and may be made up. Later handlers take the
 * address for that of the connection.
 */
public final class ForwardedClients implements HttpHandler {

  private static final Pattern FOR =
      Pattern.compile("(?:^|;)\\s*for\\s*=\\s*(\"[^\"]*\"|[^;\\s\"]*)", Pattern.CASE_INSENSITIVE);

  /** An address, an address with a port, or one of IPv6 in brackets. */
  private static final Pattern NODE =
      Pattern.compile("\\[([0-9a-fA-F:.]+)](?::\\d+)?|([0-9.]+)(?::\\d+)?|([0-9a-fA-F:.]+)");

  private final List<IpNetwork> proxies;
  private final ForwardedHeader kind;
  private final HttpString header;
  private final HttpHandler next;

  /** Believes the proxies of this configuration. */
  public ForwardedClients(ClientsConfig config, HttpHandler next) {
    proxies = config.trustedProxies();
    kind = config.header();
    header = new HttpString(kind.text());
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    HeaderValues values = exchange.getRequestHeaders().get(header);
    Optional<InetAddress> peer = ClientAddress.of(exchange);
    if (values != null && peer.isPresent()) {
      InetAddress client = client(peer.get(), String.join(",", values));
      if (!client.equals(peer.get())) {
        exchange.setSourceAddress(new InetSocketAddress(client, 0));
      }
    }
    next.handleRequest(exchange);
  }

  /**
   * The client.
   *
   * @param peer the other end of the connection
   * @param chain the values of the header
   */
  InetAddress client(InetAddress peer, String chain) {
    InetAddress client = peer;
    int end = chain.length();
    while (end >= 0 && isTrusted(client)) {
      int comma = chain.lastIndexOf(',', end - 1);
      Optional<InetAddress> before = node(chain.substring(comma + 1, end).strip());
      if (before.isEmpty()) {
        return client;
      }
      client = before.get();
      end = comma;
    }
    return client;
  }

  private boolean isTrusted(InetAddress address) {
    return proxies.stream().anyMatch(network -> network.contains(address));
  }

  private Optional<InetAddress> node(String element) {
    String node = element;
    if (kind == ForwardedHeader.FORWARDED) {
      Matcher parameter = FOR.matcher(element);
      if (!parameter.find()) {
        return Optional.empty();
      }
      node = parameter.group(1).replace("\"", "");
    }
    Matcher address = NODE.matcher(node);
    if (!address.matches()) {
      return Optional.empty();
    }
    String text = address.group(1) != null ? address.group(1) : address.group(2);
    text = text != null ? text : address.group(3);
    return InetAddresses.isInetAddress(text)
        ? Optional.of(InetAddresses.forString(text))
        : Optional.empty();
  }
}
