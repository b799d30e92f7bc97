package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a line for each request when its answer has been sent, or has ended early. */
public final class AccessLog implements HttpHandler {

  private static final Logger log = LoggerFactory.getLogger("dev.cistern.access");

  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\"\\\\]");

  private final HttpHandler next;

  public AccessLog(HttpHandler next) {
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    long start = System.nanoTime();
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          log(completed, System.nanoTime() - start);
          listeners.proceed();
        });
    next.handleRequest(exchange);
  }

  private static void log(HttpServerExchange exchange, long nanos) {
    String query = exchange.getQueryString();
    log.info(
        "{} \"{} {}{} {}\" {} {} {}ms \"{}\"",
        exchange.getSourceAddress().getAddress().getHostAddress(),
        exchange.getRequestMethod(),
        exchange.getRequestURI(),
        query.isEmpty() ? "" : "?" + query,
        exchange.getProtocol(),
        exchange.getStatusCode(),
        exchange.getResponseBytesSent(),
        TimeUnit.NANOSECONDS.toMillis(nanos),
        printable(exchange.getRequestHeaders().getFirst(Headers.USER_AGENT)));
  }

  /** Clients choose this: it must not be able to end the line or look like more than one field. */
  private static String printable(@Nullable String agent) {
    return agent == null ? "-" : UNPRINTABLE.matcher(agent).replaceAll("?");
  }
}
