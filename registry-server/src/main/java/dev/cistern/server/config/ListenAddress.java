package dev.cistern.server.config;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What {@code http.addr} says, as Go writes it: {@code :5000}, {@code localhost:5000}, {@code
 * [::1]:5000}.
 *
 * @param host a name or a literal address without brackets; empty: all interfaces
 * @param port 0 to 65535; 0 lets the system choose
 */
public record ListenAddress(Optional<String> host, int port) {

  public ListenAddress {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port out of range: " + port);
    }
    if (host.isPresent() && host.get().isEmpty()) {
      throw new IllegalArgumentException("empty host");
    }
  }

  /**
   * Resolves the host; the result is unresolved when the name is not known. Blocks on the name
   * service.
   */
  public InetSocketAddress socketAddress() {
    return host.map(name -> new InetSocketAddress(name, port))
        .orElseGet(() -> new InetSocketAddress(port));
  }

  @Override
  public String toString() {
    return host.map(name -> name.contains(":") ? "[" + name + "]" : name).orElse("") + ":" + port;
  }
}
