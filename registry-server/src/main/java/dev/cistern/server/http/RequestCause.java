package dev.cistern.server.http;

import dev.cistern.proxy.event.Cause;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;

/** The cause that the events of the cache have for what a request leads to. */
public final class RequestCause {

  private static final AttachmentKey<Cause> KEY = AttachmentKey.create(Cause.class);

  private RequestCause() {}

  /** Sets it. Call on the I/O thread, before the request is handled. */
  public static void set(HttpServerExchange exchange, Cause cause) {
    exchange.putAttachment(KEY, cause);
  }

  static Cause of(HttpServerExchange exchange) {
    Cause cause = exchange.getAttachment(KEY);
    return cause == null ? Cause.UNKNOWN : cause;
  }
}
