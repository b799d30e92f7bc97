package dev.cistern.server.tracing;

import dev.cistern.server.http.Outcome;
import dev.cistern.server.http.RequestCause;
import dev.cistern.server.http.RequestTarget;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span for each request, as a child of the client's span where the client names one. It
 * ends when the answer has ended, also when that was cut off.
 */
final class TracedHandler implements HttpHandler {

  private static final HttpString CACHE_STATUS = new HttpString("Cache-Status");

  /** A client may send any word. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");

  private static final TextMapGetter<HttpServerExchange> HEADERS = TracedHandler::header;

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final HttpHandler next;

  TracedHandler(Tracer tracer, TextMapPropagator propagator, HttpHandler next) {
    this.tracer = tracer;
    this.propagator = propagator;
    this.next = next;
  }

  private static @Nullable String header(@Nullable HttpServerExchange exchange, String name) {
    return exchange == null ? null : exchange.getRequestHeaders().getFirst(name);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    String sent = exchange.getRequestMethod().toString();
    String method = METHODS.contains(sent) ? sent : "_OTHER";
    Span span =
        tracer
            .spanBuilder(method)
            .setParent(propagator.extract(Context.root(), exchange, HEADERS))
            .setSpanKind(SpanKind.SERVER)
            .setAttribute(Keys.METHOD, method)
            .setAttribute(Keys.SCHEME, exchange.getRequestScheme())
            .setAttribute(Keys.PATH, Keys.shortened(RequestTarget.path(exchange)))
            .startSpan();
    RequestCause.set(exchange, new SpanCause(span));
    Outcome outcome = Outcome.watch(exchange);
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          end(span, method, completed, outcome);
          listeners.proceed();
        });
    next.handleRequest(exchange);
  }

  private static void end(Span span, String method, HttpServerExchange completed, Outcome outcome) {
    outcome
        .route()
        .ifPresent(
            route -> {
              String name = RouteNames.of(route);
              span.updateName(method + ' ' + name);
              span.setAttribute(Keys.ROUTE, name);
              route
                  .repository()
                  .ifPresent(repository -> span.setAttribute(Keys.REPOSITORY, repository.value()));
            });
    outcome.forward().ifPresent(asked -> span.setAttribute(Keys.UPSTREAM, asked.upstream()));
    span.setAttribute(Keys.CACHE_STATUS, outcome.result().word());
    HeaderMap headers = completed.getResponseHeaders();
    if (headers.contains(CACHE_STATUS)) {
      span.setAttribute(
          Keys.CACHE_STATUS_HEADER, List.of(Keys.shortened(headers.getFirst(CACHE_STATUS))));
    }
    span.setAttribute(Keys.STATUS, completed.getStatusCode());
    span.setAttribute(Keys.BODY_SIZE, completed.getResponseBytesSent());
    judge(span, completed, outcome);
    span.end();
  }

  /** By the conventions, an answer 4xx is the client's error and not one of this span. */
  private static void judge(Span span, HttpServerExchange completed, Outcome outcome) {
    outcome
        .failure()
        .filter(failure -> failure.code().status() >= 500)
        .ifPresent(
            failure -> {
              span.setAttribute(Keys.ERROR, failure.code().wireName());
              span.setStatus(StatusCode.ERROR, Keys.shortened(failure.getMessage()));
            });
    outcome
        .cut(completed)
        .ifPresent(
            cut -> {
              span.setAttribute(Keys.CUT, Keys.shortened(cut));
              if (!cut.equals(Outcome.CLIENT_LEFT)) {
                span.setAttribute(Keys.ERROR, "cut");
                span.setStatus(StatusCode.ERROR, Keys.shortened(cut));
              }
            });
  }
}
