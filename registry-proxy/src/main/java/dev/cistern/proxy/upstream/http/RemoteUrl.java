package dev.cistern.proxy.upstream.http;

import java.net.URI;
import java.util.Set;
import okhttp3.HttpUrl;

/**
 * The address of a registry: scheme, host, port and path prefix.
 *
 * @param base with a path that does not end in a slash, unless it is the root
 */
record RemoteUrl(HttpUrl base) {

  private static final String HUB = "registry-1.docker.io";
  private static final Set<String> HUB_ALIASES = Set.of("docker.io", "index.docker.io");

  /**
   * Reads an address as it is configured.
   *
   * @throws IllegalArgumentException saying what is wrong; never repeats credentials found in the
   *     value
   */
  static RemoteUrl parse(String value) {
    HttpUrl url = HttpUrl.parse(value.strip());
    if (url == null) {
      throw new IllegalArgumentException(
          "a registry's address is an absolute http or https URL such as https://registry.example.com");
    }
    if (!url.username().isEmpty() || !url.password().isEmpty()) {
      throw new IllegalArgumentException(
          "credentials do not belong into the registry's address ("
              + url.host()
              + "): give them as user name and password");
    }
    if (url.query() != null || url.fragment() != null) {
      throw new IllegalArgumentException(
          "a registry's address has neither query nor fragment (" + url.host() + ")");
    }
    HttpUrl.Builder base = url.newBuilder();
    if (HUB_ALIASES.contains(url.host())) {
      base.host(HUB);
    }
    base.encodedPath("/");
    url.encodedPathSegments().stream()
        .filter(s -> !s.isEmpty())
        .forEach(base::addEncodedPathSegment);
    return new RemoteUrl(base.build());
  }

  /** Host, and port where it is not the scheme's default. */
  String name() {
    String host = base.host().indexOf(':') >= 0 ? "[" + base.host() + "]" : base.host();
    return base.port() == HttpUrl.defaultPort(base.scheme()) ? host : host + ":" + base.port();
  }

  URI uri() {
    String text = base.toString();
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  /** The base with these path segments appended, each of which may hold slashes of its own. */
  HttpUrl resolve(String... segments) {
    HttpUrl.Builder url = base.newBuilder();
    for (String segment : segments) {
      url.addPathSegments(segment);
    }
    return url.build();
  }

  /** Whether a URL has this registry's scheme, host and port. */
  boolean sameOrigin(HttpUrl url) {
    return Origins.same(base, url);
  }

  @Override
  public String toString() {
    return uri().toString();
  }
}
