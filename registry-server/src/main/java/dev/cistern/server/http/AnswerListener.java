package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;

/** Gets each answer to a client when it has ended, also when it was cut off. Thread-safe. */
@FunctionalInterface
public interface AnswerListener {

  /** An answer has ended. Called on an I/O thread: must not block. */
  void answered(HttpServerExchange exchange, Outcome outcome);
}
