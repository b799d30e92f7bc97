package dev.cistern.server.health;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Answers probes, and hands everything else on:
 *
 * <pre>
 * /healthz        200 while the process answers requests
 * /readyz         200, or 503 when the server is stopping or its storage does not work; why, in JSON
 * /debug/health   200 and {}, or 503 and an error for each failed check, as Distribution has it
 * </pre>
 *
 * <p>Probes come every few seconds, so they are not handed to what logs and counts requests.
 */
public final class HealthHandler implements HttpHandler {

  private static final String ALIVE = "/healthz";
  private static final String READY = "/readyz";
  private static final String DISTRIBUTION = "/debug/health";

  private static final String ALLOWED = "GET, HEAD";

  /** Who may see the answers. */
  public enum Audience {
    /** All clients: no names of upstreams, and no messages of storage. */
    PUBLIC,
    /** Operators. */
    OPERATORS
  }

  private final Health health;
  private final Audience audience;
  private final String prefix;
  private final HttpHandler next;

  /**
   * @param prefix a path before which the endpoints are too, without a slash at its end; empty for
   *     none
   * @param next answers all other paths
   */
  public HealthHandler(Health health, Audience audience, String prefix, HttpHandler next) {
    this.health = health;
    this.audience = audience;
    this.prefix = prefix;
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    String path = exchange.getRequestPath();
    String endpoint = path.startsWith(prefix) ? path.substring(prefix.length()) : path;
    // A request with a coding is refused by what comes next, together with its connection.
    if (!isEndpoint(endpoint) || exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING)) {
      next.handleRequest(exchange);
      return;
    }
    exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
    HttpString method = exchange.getRequestMethod();
    if (!method.equals(Methods.GET) && !method.equals(Methods.HEAD)) {
      exchange.getResponseHeaders().put(Headers.ALLOW, ALLOWED);
      exchange.setStatusCode(StatusCodes.METHOD_NOT_ALLOWED);
      exchange.endExchange();
      return;
    }
    if (endpoint.equals(ALIVE)) {
      send(exchange, StatusCodes.OK, "{\"status\":\"alive\"}");
      return;
    }
    HealthReport report = health.report();
    HealthJson json = new HealthJson(report, health.driver(), audience);
    send(
        exchange,
        report.isReady() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
        endpoint.equals(READY) ? json.readiness() : json.checks());
  }

  private static boolean isEndpoint(String path) {
    return path.equals(READY) || path.equals(ALIVE) || path.equals(DISTRIBUTION);
  }

  private static void send(HttpServerExchange exchange, int status, String json) {
    ByteBuffer body = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
    exchange.setStatusCode(status);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
    exchange.setResponseContentLength(body.remaining());
    if (exchange.getRequestMethod().equals(Methods.HEAD)) {
      exchange.endExchange();
    } else {
      exchange.getResponseSender().send(body);
    }
  }
}
