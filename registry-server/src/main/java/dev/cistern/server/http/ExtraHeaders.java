package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Adds the headers that the operator configured to every answer. */
public final class ExtraHeaders implements HttpHandler {

  private final Map<HttpString, List<String>> headers;
  private final HttpHandler next;

  public ExtraHeaders(Map<String, List<String>> headers, HttpHandler next) {
    this.headers =
        headers.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    header -> new HttpString(header.getKey()), Map.Entry::getValue));
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    headers.forEach((name, values) -> exchange.getResponseHeaders().addAll(name, values));
    next.handleRequest(exchange);
  }
}
