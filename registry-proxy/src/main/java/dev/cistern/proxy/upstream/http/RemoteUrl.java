package dev.cistern.proxy.upstream.http;

import java.net.URI;
import java.util.List;
import java.util.Set;
import okhttp3.HttpUrl;

/**
 * The URL of a registry: scheme, host, port and path prefix.
 *
 * @param base its path does not end with a slash, unless it is the root
 */
record RemoteUrl(HttpUrl base) {

  private static final String HUB = "registry-1.docker.io";
  private static final Set<String> HUB_ALIASES = Set.of("docker.io", "index.docker.io");

  /**
   * Parses a configured URL.
   *
   * @throws IllegalArgumentException when it is invalid; the message never contains credentials
   *     from the value
   */
  static RemoteUrl parse(String value) {
    HttpUrl url = HttpUrl.parse(value.strip());
    if (url == null) {
      throw new IllegalArgumentException(
          "a registry's URL must be an absolute http or https URL such as"
              + " https://registry.example.com");
    }
    if (!url.username().isEmpty() || !url.password().isEmpty()) {
      throw new IllegalArgumentException(
          "a registry's URL must not contain credentials ("
              + url.host()
              + "); set user name and password instead");
    }
    if (url.query() != null || url.fragment() != null) {
      throw new IllegalArgumentException(
          "a registry's URL must not have a query or fragment (" + url.host() + ")");
    }
    List<String> path = url.encodedPathSegments().stream().filter(s -> !s.isEmpty()).toList();
    if (!path.isEmpty() && isV2(url)) {
      throw new IllegalArgumentException(
          "a registry's URL must not end with /v2, which is added to it; use "
              + url.newBuilder()
                  .encodedPath("/" + String.join("/", path.subList(0, path.size() - 1)))
                  .build()
                  .toString()
                  .replaceFirst("/$", ""));
    }
    HttpUrl.Builder base = url.newBuilder();
    if (HUB_ALIASES.contains(url.host())) {
      base.host(HUB);
    }
    base.encodedPath("/");
    path.forEach(base::addEncodedPathSegment);
    return new RemoteUrl(base.build());
  }

  /** Whether the last segment that is not empty is {@code v2}, in whatever form it is written. */
  private static boolean isV2(HttpUrl url) {
    List<String> decoded = url.pathSegments().stream().filter(s -> !s.isEmpty()).toList();
    return decoded.get(decoded.size() - 1).equals("v2");
  }

  /** The host, with the port unless it is the scheme's default. */
  String name() {
    return Origins.name(base);
  }

  URI uri() {
    String text = base.toString();
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  /** The base with these path segments appended, each of which may contain slashes. */
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
