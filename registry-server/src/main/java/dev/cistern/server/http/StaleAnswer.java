package dev.cistern.server.http;

import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.upstream.UpstreamException;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;

/**
 * Marks a stale answer with {@code Warning}, which registry clients may show to people
 * (distribution specification, "Warnings"), and {@code Age} (RFC 9111 §5.1):
 *
 * <pre>
 * Warning: 299 - "cistern: stale, last confirmed 95 s ago: the upstream takes too long to answer"
 * Age: 95
 * </pre>
 */
final class StaleAnswer {

  static final HttpString WARNING = new HttpString("Warning");

  private StaleAnswer() {}

  /** Marks that something does not exist, as the upstream answered before. */
  static void mark(HeaderMap headers, UpstreamException absence) {
    headers.put(WARNING, "299 - " + HeaderText.quoted("cistern: stale: " + absence.reason()));
  }

  static void mark(HeaderMap headers, Stale stale) {
    long age = stale.age().toSeconds();
    // The age of a list is not known.
    String confirmed = age == 0 ? "" : ", last confirmed " + age + " s ago";
    headers.put(
        WARNING,
        "299 - " + HeaderText.quoted("cistern: stale" + confirmed + ": " + stale.reason()));
    headers.put(Headers.AGE, age);
  }
}
