package dev.cistern.api;

import java.util.Optional;

/**
 * Reads {@code artifactType} in a query. A plus stays one, because media types have it and no
 * space, and not every client encodes it. Of a repeated parameter the first one is used.
 */
final class ArtifactTypes {

  private static final String PARAMETER = "artifactType=";

  private ArtifactTypes() {}

  /** Empty if there is none, or if it cannot be read. */
  static Optional<String> of(String query) {
    for (int start = 0; start < query.length(); ) {
      int ampersand = query.indexOf('&', start);
      int end = ampersand < 0 ? query.length() : ampersand;
      if (query.startsWith(PARAMETER, start)) {
        return decoded(query.substring(start + PARAMETER.length(), end));
      }
      start = end + 1;
    }
    return Optional.empty();
  }

  private static Optional<String> decoded(String raw) {
    StringBuilder type = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      int c = raw.charAt(i);
      if (c == '%') {
        c = PercentEncoding.octetAt(raw, i + 1);
        i += 2;
      }
      if (c <= ' ' || c > '~') {
        return Optional.empty();
      }
      type.append((char) c);
    }
    return type.isEmpty() ? Optional.empty() : Optional.of(type.toString());
  }
}
