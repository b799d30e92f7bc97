package dev.cistern.proxy.upstream;

import com.google.common.net.HostAndPort;
import java.util.Locale;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** A token service's host that an operator trusts with the credentials: any port of it, or one. */
record TrustedRealm(HostAndPort host) {

  static TrustedRealm parse(String value) {
    HostAndPort host;
    try {
      host = HostAndPort.fromString(value.strip().toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw notHost(value, e);
    }
    if (host.getHost().isEmpty() || host.getHost().chars().anyMatch(c -> "/@?#".indexOf(c) >= 0)) {
      throw notHost(value, null);
    }
    return new TrustedRealm(host);
  }

  private static IllegalArgumentException notHost(String value, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "a trusted realm is a host or host:port, not \"" + value + '"', cause);
  }

  boolean matches(HttpUrl realm) {
    return host.getHost().equals(realm.host())
        && (!host.hasPort() || host.getPort() == realm.port());
  }

  @Override
  public String toString() {
    return host.toString();
  }
}
