package dev.cistern.proxy.upstream.http;

import com.google.common.net.InetAddresses;
import okhttp3.HttpUrl;

/** Where URLs lead to: the questions that decide who may see what. */
final class Origins {

  private Origins() {}

  /** Same scheme, host and port (RFC 6454 §5). */
  static boolean same(HttpUrl one, HttpUrl other) {
    return one.scheme().equals(other.scheme())
        && one.host().equals(other.host())
        && one.port() == other.port();
  }

  /** Whether the host is this machine by its very name; names are not looked up. */
  static boolean isLoopback(HttpUrl url) {
    String host = url.host();
    if (InetAddresses.isInetAddress(host)) {
      return InetAddresses.forString(host).isLoopbackAddress();
    }
    return host.equals("localhost") || host.endsWith(".localhost");
  }
}
