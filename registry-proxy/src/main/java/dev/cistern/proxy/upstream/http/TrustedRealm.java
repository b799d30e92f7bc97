package dev.cistern.proxy.upstream.http;

import com.google.common.net.HostAndPort;
import okhttp3.HttpUrl;

/**
 * The host of a token service that may get the credentials, on any port or on one.
 *
 * @param host in the normal form of URLs
 */
record TrustedRealm(HostAndPort host) {

  static TrustedRealm parse(String value) {
    try {
      HostAndPort given = HostAndPort.fromString(value.strip());
      HttpUrl normal = new HttpUrl.Builder().scheme("https").host(given.getHost()).build();
      String host = bracketed(normal.host());
      return new TrustedRealm(
          given.hasPort()
              ? HostAndPort.fromParts(host, given.getPort())
              : HostAndPort.fromHost(host));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "a trusted realm must be a host or host:port, not \"" + value + '"', e);
    }
  }

  boolean matches(HttpUrl realm) {
    return host.getHost().equals(realm.host())
        && (!host.hasPort() || host.getPort() == realm.port());
  }

  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  @Override
  public String toString() {
    return host.toString();
  }
}
