package dev.cistern.proxy.upstream.http;

import com.google.common.net.InetAddresses;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * Addresses that are not on the public Internet (IANA's special-purpose registries): a redirect
 * from there must not lead to them, because what they trust is this machine or this network.
 */
final class PrivateAddresses {

  private PrivateAddresses() {}

  static boolean contains(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return true;
    }
    return address instanceof Inet6Address six ? isPrivate(six) : isPrivate((Inet4Address) address);
  }

  private static boolean isPrivate(Inet4Address address) {
    byte[] bytes = address.getAddress();
    int first = bytes[0] & 0xff;
    int second = bytes[1] & 0xff;
    return switch (first) {
      // "This network", and reserved addresses with the broadcast address.
      case 0, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255 ->
          true;
      // Shared addresses of carriers (RFC 6598).
      case 100 -> second >= 64 && second <= 127;
      case 192 -> second == 0 && bytes[2] == 0;
      // Benchmarks (RFC 2544).
      case 198 -> second == 18 || second == 19;
      default -> false;
    };
  }

  private static boolean isPrivate(Inet6Address address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = (bytes[0] & 0xfe) == 0xfc;
    return uniqueLocal || embedsPrivate(address, bytes);
  }

  /** IPv4-mapped addresses are Inet4Address in Java already. */
  private static boolean embedsPrivate(Inet6Address address, byte[] bytes) {
    if (InetAddresses.hasEmbeddedIPv4ClientAddress(address)) {
      return contains(InetAddresses.getEmbeddedIPv4ClientAddress(address));
    }
    // NAT64 (RFC 6052 and RFC 8215).
    boolean translated =
        bytes[0] == 0 && bytes[1] == 0x64 && (bytes[2] & 0xff) == 0xff && (bytes[3] & 0xff) == 0x9b;
    return translated && (bytes[4] != 0 || bytes[5] != 0 || contains(lastFour(bytes)));
  }

  private static InetAddress lastFour(byte[] bytes) {
    return InetAddresses.fromInteger(
        (bytes[12] & 0xff) << 24
            | (bytes[13] & 0xff) << 16
            | (bytes[14] & 0xff) << 8
            | (bytes[15] & 0xff));
  }
}
