package dev.cistern.server.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.cistern.server.logging.Logging;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What all loggers of the process log meanwhile, from INFO on. */
final class LoggedLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();

  /** An earlier test may have taken it off the root. */
  private final Logger access = (Logger) LoggerFactory.getLogger(Logging.ACCESS);

  private final Level accessBefore = access.getLevel();
  private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();

  LoggedLines() {
    root.setLevel(Level.INFO);
    root.addAppender(this);
    access.setLevel(Level.INFO);
    access.addAppender(this);
    start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    events.add(event);
  }

  /** Those that a client must not be able to cause: errors, and any with a stack trace. */
  List<String> alarming() {
    return events.stream()
        .filter(
            event ->
                event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null)
        .map(Object::toString)
        .toList();
  }

  /** All, with their arguments. */
  List<String> lines() {
    return events.stream()
        .map(
            event ->
                event.getFormattedMessage()
                    + Stream.ofNullable(event.getArgumentArray()).flatMap(Stream::of).toList())
        .toList();
  }

  @Override
  public void close() {
    access.detachAppender(this);
    access.setLevel(accessBefore);
    root.detachAppender(this);
    root.setLevel(before);
  }
}
