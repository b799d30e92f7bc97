package dev.cistern.server.admin;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How clients reach the cache, for the settings that the page shows.
 *
 * @param scheme {@code http} or {@code https}
 * @param fixed the address if the configuration names it; else it depends on how the page is
 *     reached
 * @param port of the listener
 * @param upstreams what clients call the upstreams, the default one first
 */
public record ClientAddress(String scheme, Optional<URI> fixed, int port, List<String> upstreams) {

  public ClientAddress {
    Objects.requireNonNull(scheme, "scheme");
    Objects.requireNonNull(fixed, "fixed");
    upstreams = List.copyOf(upstreams);
  }

  /**
   * Host and port.
   *
   * @param host by which the page is reached
   */
  String authority(String host) {
    return fixed.map(URI::getAuthority).orElse(host + ":" + port);
  }

  /** Whether clients use TLS. */
  boolean isSecure() {
    return fixed
        .map(url -> "https".equalsIgnoreCase(url.getScheme()))
        .orElse(scheme.equals("https"));
  }
}
