package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the requests in progress. Once the server is stopping, a request that still arrives is
 * answered, because its client may have no other server, and is the last one of its connection.
 */
final class RequestsInProgress implements HttpHandler {

  private static final AttachmentKey<RequestsInProgress> KEY =
      AttachmentKey.create(RequestsInProgress.class);

  private final HttpHandler next;
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean stopping;
  private volatile boolean cutOff;

  RequestsInProgress(HttpHandler next) {
    this.next = next;
  }

  /** From now on each request is the last one of its connection. */
  void stop() {
    stopping = true;
  }

  /** The requests that are still in progress end now, without the rest of their answers. */
  void cutOff() {
    cutOff = true;
  }

  /** Whether the server, not the client, ended this request early. */
  static boolean isCutOff(HttpServerExchange exchange) {
    RequestsInProgress requests = exchange.getAttachment(KEY);
    return requests != null && requests.cutOff;
  }

  int count() {
    return count.get();
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    count.incrementAndGet();
    exchange.putAttachment(KEY, this);
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          count.decrementAndGet();
          listeners.proceed();
        });
    if (stopping) {
      exchange.setPersistent(false);
    }
    next.handleRequest(exchange);
  }
}
