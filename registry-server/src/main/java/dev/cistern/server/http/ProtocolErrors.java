package dev.cistern.server.http;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections that were closed because their clients broke the protocol, for a line of
 * the log once a minute at most: clients can do this as often as they like. Thread-safe.
 */
final class ProtocolErrors {

  private static final Logger log = LoggerFactory.getLogger(ProtocolErrors.class);

  private static final long REPORTED = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;

  // Guarded by this.
  private long count;
  private long lastReport;

  ProtocolErrors(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    lastReport = nanoTime.getAsLong() - REPORTED;
  }

  /** A connection is closed for this reason. */
  synchronized void report(Exception reason) {
    count++;
    long now = nanoTime.getAsLong();
    if (now - lastReport >= REPORTED) {
      log.info("Closed {} HTTP/2 connections whose clients broke the protocol", count);
      count = 0;
      lastReport = now;
    }
    // Without its trace: it says which part of Undertow noticed, not what the client did.
    log.debug("Closed an HTTP/2 connection whose client broke the protocol: {}", reason.toString());
  }
}
