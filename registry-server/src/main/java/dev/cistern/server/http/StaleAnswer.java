package dev.cistern.server.http;

import dev.cistern.proxy.event.CacheStatus;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;

/**
 * Marks an answer that the upstream could not confirm: {@code Warning: 110} as the reference
 * cache's operators know it (RFC 7234 §5.5.1), {@code Age} (RFC 9111 §5.1), and {@code
 * Cache-Status} (RFC 9211), where a lifetime below zero says that the answer was stale, and the
 * detail says why.
 */
final class StaleAnswer {

  private static final String WARNING = "110 - \"Response is Stale\"";
  private static final int MAX_DETAIL = 200;

  private StaleAnswer() {}

  static void mark(HttpServerExchange exchange, CacheStatus.Stale stale) {
    long age = stale.age().toSeconds();
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(RegistryHeaders.WARNING, WARNING);
    headers.put(Headers.AGE, age);
    headers.put(
        RegistryHeaders.CACHE_STATUS,
        "cistern; hit; ttl=-" + age + "; detail=\"" + escaped(stale.reason()) + '"');
  }

  /** As a string of structured fields (RFC 8941 §3.3.3): visible ASCII, quotes escaped. */
  private static String escaped(String reason) {
    StringBuilder text = new StringBuilder();
    reason
        .chars()
        .limit(MAX_DETAIL)
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                text.append('\\');
              }
              text.append(c >= 0x20 && c < 0x7f ? (char) c : '?');
            });
    return text.toString();
  }
}
