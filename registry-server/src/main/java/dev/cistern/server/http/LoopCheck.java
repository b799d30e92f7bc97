package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.util.List;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Refuses requests that this server has sent itself: its upstream leads back to it, directly or
 * through other caches. Without this, the first request would wait for the second one, and that one
 * for the first.
 *
 * <p>Each server names itself in the {@code Via} header of its requests, after the caches that the
 * requests of its clients have passed. Other entries are not sent on: they may name hosts of a
 * private network.
 */
public final class LoopCheck implements HttpHandler {

  private static final String PREFIX = "cistern-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "[0-9a-f-]{36}");

  /** More caches than any chain has. The header must not become too long to be sent. */
  private static final int MOST = 50;

  private final String name;
  private final HttpHandler next;

  /**
   * @param name the name of this server in the {@code Via} header of its requests
   */
  public LoopCheck(String name, HttpHandler next) {
    this.name = name;
    this.next = next;
  }

  /** A name for a server that has just started, unlike that of any other. */
  public static String newName() {
    return PREFIX + UUID.randomUUID();
  }

  /** The caches that a request has passed. */
  static List<String> passed(HttpServerExchange exchange) {
    HeaderValues via = exchange.getRequestHeaders().get(Headers.VIA);
    return via == null
        ? List.of()
        : via.stream()
            .flatMap(value -> NAME.matcher(value).results())
            .map(MatchResult::group)
            .distinct()
            .limit(MOST)
            .toList();
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    HeaderValues via = exchange.getRequestHeaders().get(Headers.VIA);
    if (via == null || via.stream().noneMatch(value -> value.contains(name))) {
      next.handleRequest(exchange);
      return;
    }
    Answers.fail(
        exchange,
        new RegistryException(
            ErrorCode.LOOP_DETECTED,
            "This request comes from this cache itself: its upstream leads back to it; set"
                + " proxy.remoteurl to the registry to fetch from"));
  }
}
