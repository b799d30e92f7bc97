package dev.cistern.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Optional;

/** Reads log events. */
final class Events {

  private Events() {}

  /** The fields of an event, if it was logged with some. */
  static Optional<LogFields> fields(ILoggingEvent event) {
    Object[] arguments = event.getArgumentArray();
    return arguments != null && arguments.length == 1 && arguments[0] instanceof LogFields fields
        ? Optional.of(fields)
        : Optional.empty();
  }
}
