package dev.cistern.server.admin;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.server.admin.Request.Format;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks requests, and answers them on threads of its own. Few wait at once: others get 503, so
 * that a slow disk costs neither memory nor the metrics on the same listener.
 */
final class AdminHandler implements HttpHandler {

  private static final Logger log = LoggerFactory.getLogger(AdminHandler.class);

  private static final int MOST_WAITING = 32;
  private static final int LARGEST_BODY = 8 << 10;
  private static final int LONGEST_TEXT = 400;

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
          + " 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

  /** Answers requests for one path. */
  @FunctionalInterface
  interface Endpoint {
    Answer answer(Request request) throws IOException, RegistryException;
  }

  private final RequestChecks checks;
  private final Map<String, Endpoint> pages;
  private final Map<String, Endpoint> actions;
  private final Executor threads;
  private final Semaphore waiting = new Semaphore(MOST_WAITING);

  /**
   * @param pages by path, for GET and HEAD
   * @param actions by path, for POST
   * @param threads may block
   */
  AdminHandler(
      RequestChecks checks,
      Map<String, Endpoint> pages,
      Map<String, Endpoint> actions,
      Executor threads) {
    this.checks = checks;
    this.pages = Map.copyOf(pages);
    this.actions = Map.copyOf(actions);
    this.threads = threads;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    protect(exchange.getResponseHeaders());
    Optional<String> refusal = checks.refusal(exchange);
    if (refusal.isPresent()) {
      send(exchange, Answer.text(StatusCodes.FORBIDDEN, refusal.get()));
      return;
    }
    String path = exchange.getRequestPath();
    HttpString method = exchange.getRequestMethod();
    boolean reads = method.equals(Methods.GET) || method.equals(Methods.HEAD);
    @Nullable Endpoint page = pages.get(path);
    @Nullable Endpoint action = actions.get(path);
    if (page == null && action == null) {
      send(exchange, Answer.text(StatusCodes.NOT_FOUND, "There is nothing at this address."));
    } else if (reads && page != null) {
      later(exchange, page, new Request(query(exchange), Format.FORM, host(exchange)));
    } else if (method.equals(Methods.POST) && action != null) {
      act(exchange, action);
    } else {
      exchange
          .getResponseHeaders()
          .put(
              Headers.ALLOW,
              page == null ? "POST" : action == null ? "GET, HEAD" : "GET, HEAD, POST");
      send(exchange, Answer.text(StatusCodes.METHOD_NOT_ALLOWED, "This method is not allowed."));
    }
  }

  private static void protect(HeaderMap headers) {
    headers.put(new HttpString("Content-Security-Policy"), POLICY);
    headers.put(new HttpString("X-Content-Type-Options"), "nosniff");
    headers.put(new HttpString("X-Frame-Options"), "DENY");
    // Not no-referrer: browsers would send forms with the Origin null.
    headers.put(new HttpString("Referrer-Policy"), "same-origin");
    headers.put(new HttpString("Cross-Origin-Resource-Policy"), "same-origin");
    headers.put(new HttpString("Cross-Origin-Opener-Policy"), "same-origin");
    headers.put(Headers.CACHE_CONTROL, "no-store");
  }

  private static String host(HttpServerExchange exchange) {
    return RequestChecks.host(exchange).orElse("localhost");
  }

  private static Map<String, String> query(HttpServerExchange exchange) {
    Map<String, String> query = new HashMap<>();
    exchange
        .getQueryParameters()
        .forEach((name, values) -> query.put(name, String.valueOf(values.peekFirst())));
    return query;
  }

  private void act(HttpServerExchange exchange, Endpoint action) {
    Optional<String> refusal = checks.refusalOfAction(exchange);
    if (refusal.isPresent()) {
      send(exchange, Answer.text(StatusCodes.FORBIDDEN, refusal.get()));
      return;
    }
    Optional<Format> format = format(exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE));
    if (format.isEmpty()) {
      send(
          exchange,
          Answer.text(
              StatusCodes.UNSUPPORTED_MEDIA_TYPE,
              "Send the header Content-Type: application/json, and a JSON object."));
      return;
    }
    Receiver receiver = exchange.getRequestReceiver();
    receiver.setMaxBufferSize(LARGEST_BODY);
    receiver.receiveFullBytes(
        (same, body) -> act(same, action, format.get(), body),
        (same, failure) ->
            send(
                same,
                Answer.text(
                    StatusCodes.REQUEST_ENTITY_TOO_LARGE, "The body is too large or incomplete.")));
  }

  private static Optional<Format> format(@Nullable String contentType) {
    String type = contentType == null ? "" : contentType.split(";", -1)[0].strip();
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "application/json" -> Optional.of(Format.JSON);
      case "application/x-www-form-urlencoded" -> Optional.of(Format.FORM);
      default -> Optional.empty();
    };
  }

  private void act(HttpServerExchange exchange, Endpoint action, Format format, byte[] body) {
    Request request;
    try {
      request =
          new Request(
              format == Format.JSON ? RequestBody.json(body) : RequestBody.form(body),
              format,
              host(exchange));
    } catch (IllegalArgumentException e) {
      send(exchange, Answer.text(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
      return;
    }
    if (format == Format.FORM && !checks.isFromPage(request)) {
      send(
          exchange,
          Answer.text(
              StatusCodes.FORBIDDEN,
              "The form is not from this page, or the server was restarted. Reload the page and try"
                  + " again. For the API, send Content-Type: application/json."));
      return;
    }
    later(exchange, action, request);
  }

  private void later(HttpServerExchange exchange, Endpoint endpoint, Request request) {
    if (!waiting.tryAcquire()) {
      send(exchange, Answer.text(StatusCodes.SERVICE_UNAVAILABLE, "Too many requests wait."));
      return;
    }
    exchange.dispatch(
        threads,
        () -> {
          Answer answer;
          try {
            answer = answer(endpoint, request);
          } finally {
            waiting.release();
          }
          send(exchange, answer);
        });
  }

  private static Answer answer(Endpoint endpoint, Request request) {
    try {
      return endpoint.answer(request);
    } catch (RegistryException e) {
      int status = e.code() == ErrorCode.UNKNOWN ? StatusCodes.BAD_REQUEST : e.code().status();
      return Answer.text(status, line(e));
    } catch (IllegalArgumentException e) {
      return Answer.text(StatusCodes.BAD_REQUEST, line(e));
    } catch (IOException e) {
      return Answer.text(StatusCodes.SERVICE_UNAVAILABLE, "Storage failed: " + line(e));
    } catch (RuntimeException | Error e) {
      // Every kind, because the client would wait forever.
      log.error("The status page failed", e);
      return Answer.text(StatusCodes.INTERNAL_SERVER_ERROR, "This failed. The log says why.");
    }
  }

  private static String line(Exception e) {
    return Printable.line(String.valueOf(e.getMessage()), LONGEST_TEXT);
  }

  private static void send(HttpServerExchange exchange, Answer answer) {
    exchange.setStatusCode(answer.status());
    answer
        .headers()
        .forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, answer.contentType());
    exchange.getResponseSender().send(answer.body());
  }
}
