package dev.cistern.server.config;

import dev.cistern.api.Printable;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address to listen on, as Go writes it: {@code :5000}, {@code localhost:5000}, {@code
 * [::1]:5000}.
 *
 * @param host a name, or an IP address without brackets; empty: all interfaces
 * @param port 0 to 65535; 0: the system chooses a free port
 */
public record ListenAddress(Optional<String> host, int port) {

  private static final int MAX_PORT = 65535;
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:\\[(?<literal>[0-9A-Fa-f:.]+)]|(?<name>[A-Za-z0-9._-]*)):(?<port>\\d{1,5})");

  public ListenAddress {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("port out of range: " + port);
    }
    if (host.isPresent() && host.get().isEmpty()) {
      throw new IllegalArgumentException("empty host");
    }
  }

  /**
   * Parses what {@code net.Listen} of Go accepts for TCP, except names of services as ports.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static ListenAddress parse(String text) {
    Matcher address = ADDRESS.matcher(text);
    if (!address.matches()) {
      String advice = text.matches("\\d+") ? "; did you mean ':" + text + "'?" : "";
      throw new IllegalArgumentException(
          Printable.quoted(text)
              + " is not an address such as :5000, localhost:5000 or [::1]:5000"
              + advice);
    }
    int port = Integer.parseInt(address.group("port"));
    if (port > MAX_PORT) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " has a port above the limit of " + MAX_PORT);
    }
    String literal = address.group("literal");
    String host = literal == null ? address.group("name") : literal;
    return new ListenAddress(Optional.of(host).filter(name -> !name.isEmpty()), port);
  }

  /** Whether the system refuses to listen on both, as far as their texts tell. */
  boolean overlaps(ListenAddress other) {
    return port == other.port
        && port != 0
        && (isAll() || other.isAll() || host.get().equalsIgnoreCase(other.host.get()));
  }

  private boolean isAll() {
    return host.isEmpty() || host.get().equals("0.0.0.0") || host.get().equals("::");
  }

  /** Resolves the host. The result is unresolved if the name is unknown. Blocks on DNS. */
  public InetSocketAddress socketAddress() {
    return host.map(name -> new InetSocketAddress(name, port))
        .orElseGet(() -> new InetSocketAddress(port));
  }

  /** Whether only programs on this machine reach it. Blocks on DNS. */
  public boolean isLoopback() {
    InetSocketAddress resolved = socketAddress();
    return !resolved.isUnresolved() && resolved.getAddress().isLoopbackAddress();
  }

  @Override
  public String toString() {
    return host.map(name -> name.contains(":") ? "[" + name + "]" : name).orElse("") + ":" + port;
  }
}
