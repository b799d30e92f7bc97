package dev.cistern.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** URLs of registries: {@code http} or {@code https}, a host, perhaps a path. */
final class WebAddress {

  /** Services of Docker Compose have such names, which are not hosts of a URL for Java. */
  private static final Pattern SERVICE =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*_[A-Za-z0-9._-]*[A-Za-z0-9](?::([0-9]{1,5}))?");

  private static final int MAX_PORT = 65535;

  private WebAddress() {}

  /**
   * Parses a URL, without slashes at the end.
   *
   * @throws IllegalArgumentException if the text is anything else; the message does not quote it,
   *     because it may contain a password
   */
  static URI parse(String text) {
    URI uri;
    try {
      uri = new URI(text.replaceFirst("/+$", ""));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is not a URL such as https://registry.example.com", e);
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("must be a URL that starts with https:// or http://");
    }
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("must not contain a user name or password; remove them");
    }
    String authority = uri.getRawAuthority();
    if (authority == null || !isHost(uri, authority)) {
      throw new IllegalArgumentException(
          "is not a URL with a host, such as https://registry.example.com");
    }
    if (authority.endsWith(":")) {
      // Such as https://https://registry.example.com.
      throw new IllegalArgumentException("has a colon after the host, and no port");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("must not have a query or fragment");
    }
    return uri;
  }

  private static boolean isHost(URI uri, String authority) {
    if (uri.getHost() != null) {
      return uri.getPort() <= MAX_PORT;
    }
    Matcher service = SERVICE.matcher(authority);
    return service.matches()
        && (service.group(1) == null || Integer.parseInt(service.group(1)) <= MAX_PORT);
  }
}
