package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * One HTTP proxy. No {@code toString} shows its password.
 *
 * @param login for its {@code Proxy-Authorization}; empty without one
 */
record HttpProxy(String host, int port, Optional<Credentials> login) {

  /**
   * Parses {@code http://[user:password@]host[:port]}; the scheme is optional, as in environment
   * variables.
   *
   * @throws IllegalArgumentException when it is not such a URL; the message does not contain the
   *     value, which may have a password
   */
  static HttpProxy parse(String value) {
    String text = value.strip();
    HttpUrl url = HttpUrl.parse(text.contains("://") ? text : "http://" + text);
    if (url == null || url.isHttps()) {
      throw new IllegalArgumentException(
          "is not a proxy's URL such as http://user:password@proxy.example.com:3128; only http://"
              + " proxies are supported");
    }
    if (!url.encodedPath().equals("/") || url.query() != null || url.fragment() != null) {
      throw new IllegalArgumentException("must have no path, query or fragment");
    }
    Optional<Credentials> login =
        url.username().isEmpty()
            ? Optional.empty()
            : Optional.of(new Credentials(url.username(), url.password()));
    return new HttpProxy(url.host(), url.port(), login);
  }

  /** As the JDK's type. The host name is resolved when it is used. */
  Proxy proxy() {
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
