package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.Optional;

/** Decides whether a request is answered. Thread-safe. */
@FunctionalInterface
public interface Guard {

  /** Lets everyone read everything. */
  Guard NONE = (exchange, asked, next) -> next.handleRequest(exchange);

  /**
   * Calls {@code next}, now or later, or answers with an error. Called on the I/O thread; must not
   * block.
   *
   * @param asked what the client asks for; empty if that is nothing that exists
   */
  void admit(HttpServerExchange exchange, Optional<Asked> asked, HttpHandler next) throws Exception;
}
