package dev.cistern.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Optional;

/** What encoders read from an event. */
final class Events {

  private Events() {}

  /** The parts of an event that has several. */
  static Optional<LogFields> fields(ILoggingEvent event) {
    Object[] arguments = event.getArgumentArray();
    return arguments != null && arguments.length == 1 && arguments[0] instanceof LogFields fields
        ? Optional.of(fields)
        : Optional.empty();
  }
}
