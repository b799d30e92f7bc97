package dev.cistern.server.tracing;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * Writes to the server's log what the SDK logs by {@code java.util.logging}: that spans could not
 * be sent, and why. The SDK limits how often it says so.
 */
final class SdkLog extends Handler {

  /** Held, because unused loggers are collected together with their handlers. */
  private static final Logger SDK = Logger.getLogger("io.opentelemetry");

  private final org.slf4j.Logger log = LoggerFactory.getLogger(SdkLog.class);
  private final SimpleFormatter formatter = new SimpleFormatter();

  private SdkLog() {}

  static SdkLog start() {
    SdkLog handler = new SdkLog();
    SDK.setUseParentHandlers(false);
    SDK.addHandler(handler);
    return handler;
  }

  @Override
  public void publish(LogRecord event) {
    String message = formatter.formatMessage(event);
    if (event.getLevel().intValue() >= Level.WARNING.intValue()) {
      log.warn("OpenTelemetry: {}", message);
      log.debug("OpenTelemetry", event.getThrown());
    } else {
      log.debug("OpenTelemetry: {}", message, event.getThrown());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    SDK.removeHandler(this);
  }
}
