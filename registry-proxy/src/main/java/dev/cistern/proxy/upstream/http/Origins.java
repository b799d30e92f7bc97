package dev.cistern.proxy.upstream.http;

import com.google.common.net.InetAddresses;
import okhttp3.HttpUrl;

/** Compares the origins of URLs, to decide which hosts may get credentials. */
final class Origins {

  private Origins() {}

  /** Same scheme, host and port (RFC 6454 §5). */
  static boolean same(HttpUrl one, HttpUrl other) {
    return one.scheme().equals(other.scheme())
        && one.host().equals(other.host())
        && one.port() == other.port();
  }

  /** The host, with the port unless it is the scheme's default. */
  static String name(HttpUrl url) {
    String host = url.host().indexOf(':') >= 0 ? "[" + url.host() + "]" : url.host();
    return url.port() == HttpUrl.defaultPort(url.scheme()) ? host : host + ":" + url.port();
  }

  /** Whether the host is a loopback address or a name of it; other names are not resolved. */
  static boolean isLoopback(HttpUrl url) {
    String host = url.host();
    if (InetAddresses.isInetAddress(host)) {
      return InetAddresses.forString(host).isLoopbackAddress();
    }
    return host.equals("localhost") || host.endsWith(".localhost");
  }
}
