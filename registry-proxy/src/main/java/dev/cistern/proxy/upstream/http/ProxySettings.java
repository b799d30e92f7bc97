package dev.cistern.proxy.upstream.http;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Selects the HTTP proxy for each host. Loopback addresses are always reached directly. No {@code
 * toString} shows a proxy's password. Immutable.
 */
public final class ProxySettings {

  private final @Nullable HttpProxy forHttp;
  private final @Nullable HttpProxy forHttps;
  private final NoProxy exceptions;

  private ProxySettings(
      @Nullable HttpProxy forHttp, @Nullable HttpProxy forHttps, NoProxy exceptions) {
    this.forHttp = forHttp;
    this.forHttps = forHttps;
    this.exceptions = exceptions;
  }

  /** No proxy for any host. */
  public static ProxySettings direct() {
    return new ProxySettings(null, null, NoProxy.parse(""));
  }

  /**
   * One proxy for all hosts.
   *
   * @param proxy {@code http://[user:password@]host[:port]}; special characters in user and
   *     password are percent-encoded
   * @throws IllegalArgumentException when it is not such a URL; the message does not contain the
   *     value
   */
  public static ProxySettings of(String proxy) {
    HttpProxy parsed = HttpProxy.parse(proxy);
    return new ProxySettings(parsed, parsed, NoProxy.parse(""));
  }

  /**
   * The settings from {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, or the same
   * names in lower case, as Go programs read them.
   *
   * @param environment as {@link System#getenv()}
   * @throws IllegalArgumentException when a variable is not a proxy's URL; the message names the
   *     variable and does not contain its value
   */
  public static ProxySettings fromEnvironment(Map<String, String> environment) {
    return new ProxySettings(
        proxy(environment, "HTTP_PROXY"),
        proxy(environment, "HTTPS_PROXY"),
        NoProxy.parse(value(environment, "NO_PROXY")));
  }

  private static @Nullable HttpProxy proxy(Map<String, String> environment, String name) {
    String value = value(environment, name);
    try {
      return value.isEmpty() ? null : HttpProxy.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " " + e.getMessage(), e);
    }
  }

  private static String value(Map<String, String> environment, String name) {
    String upper = environment.getOrDefault(name, "");
    return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
  }

  /** The proxy for a URL; empty when it is reached directly. */
  Optional<HttpProxy> on(HttpUrl way) {
    if (Origins.isLoopback(way) || exceptions.covers(way.host(), way.port())) {
      return Optional.empty();
    }
    return Optional.ofNullable(way.isHttps() ? forHttps : forHttp);
  }

  @Override
  public String toString() {
    return "ProxySettings[http=" + forHttp + ", https=" + forHttps + "]";
  }
}
