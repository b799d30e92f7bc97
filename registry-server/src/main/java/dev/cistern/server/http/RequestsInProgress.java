package dev.cistern.server.http;

import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import io.undertow.util.AttachmentKey;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the requests in progress. Once the server is stopping, a request that still arrives is
 * answered, because its client may have no other server, and is the last one of its connection.
 */
final class RequestsInProgress implements HttpHandler {

  private static final AttachmentKey<RequestsInProgress> KEY =
      AttachmentKey.create(RequestsInProgress.class);

  private final HttpHandler next;
  // Two, so that threads do not wait for each other's caches, and a sum never misses a request.
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final ExchangeCompletionListener end = this::requestEnds;
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
    RequestsInProgress requests = exchange.getConnection().getAttachment(KEY);
    return requests != null && requests.cutOff;
  }

  /** How many are in progress; one that begins or ends now may count. */
  long count() {
    // In this order: of each request whose end is counted, the begin is, too.
    long over = ended.sum();
    return begun.sum() - over;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    begun.increment();
    exchange.addExchangeCompleteListener(end);
    ServerConnection connection = exchange.getConnection();
    if (connection.getAttachment(KEY) != this) {
      connection.putAttachment(KEY, this);
    }
    if (stopping) {
      exchange.setPersistent(false);
    }
    next.handleRequest(exchange);
  }

  private void requestEnds(
      HttpServerExchange exchange, ExchangeCompletionListener.NextListener listeners) {
    ended.increment();
    listeners.proceed();
  }
}
