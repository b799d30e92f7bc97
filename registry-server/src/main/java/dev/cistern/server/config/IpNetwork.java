package dev.cistern.server.config;

import com.google.common.net.InetAddresses;
import dev.cistern.api.Printable;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * A network of IPv4 or IPv6, such as {@code 10.0.0.0/8} or {@code fd00::/8}. An IPv4 address that
 * is written as one of IPv6 ({@code ::ffff:10.0.0.1}) is the same address.
 *
 * @param address the first of the network
 * @param prefix how many bits all its addresses share
 */
public record IpNetwork(InetAddress address, int prefix) {

  private static final int MAPPED = 96;

  /**
   * Reads an address, or a network in CIDR notation.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static IpNetwork parse(String text) {
    int slash = text.indexOf('/');
    String host = slash < 0 ? text : text.substring(0, slash);
    if (!InetAddresses.isInetAddress(host)) {
      throw notANetwork(text);
    }
    InetAddress address = InetAddresses.forString(host);
    int bits = address.getAddress().length * Byte.SIZE;
    int prefix = bits;
    if (slash >= 0) {
      String length = text.substring(slash + 1);
      if (!length.matches("[0-9]{1,3}")) {
        throw notANetwork(text);
      }
      prefix = Integer.parseInt(length);
      if (host.indexOf(':') >= 0 && !(address instanceof Inet6Address)) {
        prefix -= MAPPED;
      }
    }
    if (prefix < 0 || prefix > bits) {
      throw notANetwork(text);
    }
    IpNetwork network = new IpNetwork(address, prefix);
    if (!Arrays.equals(network.masked(address.getAddress()), address.getAddress())) {
      throw new IllegalArgumentException(
          Printable.quoted(text)
              + " is an address inside of a network; write it without /"
              + text.substring(slash + 1)
              + ", or write the first address of the network");
    }
    return network;
  }

  private static IllegalArgumentException notANetwork(String text) {
    return new IllegalArgumentException(
        Printable.quoted(text) + " is no address and no network such as 10.0.0.0/8 or fd00::/8");
  }

  /** Whether an address is in this network. */
  public boolean contains(InetAddress other) {
    byte[] bytes = other.getAddress();
    return bytes.length == address.getAddress().length
        && Arrays.equals(masked(bytes), address.getAddress());
  }

  private byte[] masked(byte[] bytes) {
    byte[] masked = bytes.clone();
    for (int i = 0; i < masked.length; i++) {
      int kept = Math.min(Byte.SIZE, Math.max(0, prefix - i * Byte.SIZE));
      masked[i] &= (byte) (0xff << (Byte.SIZE - kept));
    }
    return masked;
  }

  @Override
  public String toString() {
    return InetAddresses.toAddrString(address) + "/" + prefix;
  }
}
