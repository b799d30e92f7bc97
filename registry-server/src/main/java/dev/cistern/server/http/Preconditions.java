package dev.cistern.server.http;

import dev.cistern.api.Digest;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;

/** Conditional requests (RFC 9110 §13.1). */
final class Preconditions {

  private Preconditions() {}

  /** Whether the client has this content already: {@code If-None-Match}, compared weakly. */
  static boolean isKnown(HttpServerExchange exchange, Digest digest) {
    HeaderValues values = exchange.getRequestHeaders().get(Headers.IF_NONE_MATCH);
    if (values == null) {
      return false;
    }
    String known = RegistryHeaders.entityTag(digest);
    for (String value : values) {
      // No entity tag of ours holds a comma, so splitting at commas cannot make one up.
      for (String candidate : value.split(",", -1)) {
        String tag = candidate.strip();
        if (tag.equals("*") || tag.equals(known) || tag.equals("W/" + known)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether ranges may be answered: no {@code If-Range}, or one that names this very content. */
  static boolean allowsRanges(HttpServerExchange exchange, Digest digest) {
    String condition = exchange.getRequestHeaders().getFirst(Headers.IF_RANGE);
    return condition == null || condition.strip().equals(RegistryHeaders.entityTag(digest));
  }
}
