package dev.cistern.server.config;

import java.util.List;

/**
 * The keys of {@code http} that say from where clients come.
 *
 * @param allow networks of clients that are served; empty: all
 * @param trustedProxies networks of proxies that say from where a request comes
 * @param header where these proxies say it
 */
public record ClientsConfig(
    List<IpNetwork> allow, List<IpNetwork> trustedProxies, ForwardedHeader header) {

  /** The headers of proxies. Only one is read: a proxy that writes one passes the other on. */
  public enum ForwardedHeader {
    X_FORWARDED_FOR("x-forwarded-for"),
    /** RFC 7239. */
    FORWARDED("forwarded");

    private final String text;

    ForwardedHeader(String text) {
      this.text = text;
    }

    /** The name in lower case. */
    public String text() {
      return text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Everyone is served, and no header is read. */
  public static final ClientsConfig DEFAULT =
      new ClientsConfig(List.of(), List.of(), ForwardedHeader.X_FORWARDED_FOR);

  public ClientsConfig {
    allow = List.copyOf(allow);
    trustedProxies = List.copyOf(trustedProxies);
  }
}
