package dev.cistern.proxy.upstream.http;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The hosts that are reached without a proxy, as Go programs read {@code NO_PROXY}. The value is a
 * list separated by commas. An entry is {@code *} (all hosts), a name (the host and its
 * subdomains), a name that begins with a dot or {@code *.} (only subdomains), an address, or a
 * network such as {@code 10.0.0.0/8}. With a port, a name or address applies only to that port.
 * Other entries are ignored.
 */
final class NoProxy {

  private interface Rule {
    boolean matches(String host, int port);
  }

  private final List<Rule> rules;

  private NoProxy(List<Rule> rules) {
    this.rules = rules;
  }

  static NoProxy parse(String value) {
    List<Rule> rules = new ArrayList<>();
    for (String item : value.split(",", -1)) {
      String entry = item.strip().toLowerCase(Locale.ROOT);
      rule(entry).ifPresent(rules::add);
    }
    return new NoProxy(List.copyOf(rules));
  }

  /**
   * Whether a host is reached without a proxy.
   *
   * @param host a name in lower case, or an address without brackets
   */
  boolean covers(String host, int port) {
    return rules.stream().anyMatch(rule -> rule.matches(host, port));
  }

  private static Optional<Rule> rule(String entry) {
    if (entry.equals("*")) {
      return Optional.of((host, port) -> true);
    }
    if (entry.indexOf('/') >= 0) {
      return Network.parse(entry).map(network -> (host, port) -> network.contains(host));
    }
    try {
      // Not split at a colon, because an IPv6 address contains colons.
      HostAndPort parsed = HostAndPort.fromString(entry);
      String name =
          parsed.getHost().startsWith("*.") ? parsed.getHost().substring(1) : parsed.getHost();
      if (name.isEmpty() || name.equals(".")) {
        return Optional.empty();
      }
      Rule rule = InetAddresses.isInetAddress(name) ? address(name) : name(name);
      return Optional.of(
          (host, port) ->
              (!parsed.hasPort() || parsed.getPort() == port) && rule.matches(host, port));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Rule address(String text) {
    InetAddress address = InetAddresses.forString(text);
    return (host, port) ->
        InetAddresses.isInetAddress(host) && InetAddresses.forString(host).equals(address);
  }

  private static Rule name(String name) {
    String suffix = name.startsWith(".") ? name : "." + name;
    return (host, port) -> host.endsWith(suffix) || host.equals(name);
  }

  /**
   * A network of addresses.
   *
   * @param length the length of an address in bits
   * @param dropped how many low bits are not part of the network's prefix
   * @param prefix the other bits
   */
  private record Network(int length, int dropped, BigInteger prefix) {

    static Optional<Network> parse(String entry) {
      int slash = entry.indexOf('/');
      String host = entry.substring(0, slash);
      String bits = entry.substring(slash + 1);
      if (!InetAddresses.isInetAddress(host) || !bits.matches("[0-9]{1,3}")) {
        return Optional.empty();
      }
      byte[] address = InetAddresses.forString(host).getAddress();
      int length = address.length * Byte.SIZE;
      int dropped = length - Integer.parseInt(bits);
      return dropped < 0
          ? Optional.empty()
          : Optional.of(
              new Network(length, dropped, new BigInteger(1, address).shiftRight(dropped)));
    }

    boolean contains(String host) {
      if (!InetAddresses.isInetAddress(host)) {
        return false;
      }
      byte[] address = InetAddresses.forString(host).getAddress();
      return address.length * Byte.SIZE == length
          && new BigInteger(1, address).shiftRight(dropped).equals(prefix);
    }
  }
}
