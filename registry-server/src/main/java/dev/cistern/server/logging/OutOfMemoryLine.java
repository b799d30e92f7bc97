package dev.cistern.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.charset.StandardCharsets;

/**
 * A line of the log that is made in advance, for when no memory is left to make one: only its time
 * is filled in at the end, digit by digit.
 */
final class OutOfMemoryLine {

  /** The time that the line is made with, in the form that both encoders write. */
  private static final String PLACE = "1970-01-01T00:00:00.001Z";

  private final byte[] line;
  private final int time;

  private OutOfMemoryLine(byte[] line) {
    this.line = line;
    this.time = new String(line, StandardCharsets.ISO_8859_1).indexOf(PLACE);
  }

  /** The line of a process that has not set up logging yet. */
  static OutOfMemoryLine plain(String message) {
    return new OutOfMemoryLine(
        (PLACE + " ERROR " + message + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The line as an encoder writes it. */
  static OutOfMemoryLine of(String message, String logger, Encoder<ILoggingEvent> encoder) {
    LoggingEvent event = new LoggingEvent();
    event.setTimeStamp(1);
    event.setLevel(Level.ERROR);
    event.setMessage(message);
    event.setLoggerName(logger);
    return new OutOfMemoryLine(encoder.encode(event));
  }

  /**
   * The line with a time. The array is always the same one.
   *
   * @param now milliseconds since the epoch, not negative
   */
  byte[] at(long now) {
    long days = now / 86_400_000;
    int rest = (int) (now % 86_400_000);
    date(days);
    number(11, 2, rest / 3_600_000);
    number(14, 2, rest / 60_000 % 60);
    number(17, 2, rest / 1000 % 60);
    number(20, 3, rest % 1000);
    return line;
  }

  /** The days since 1970 as a date. Years begin in March, so that a leap day is the last day. */
  private void date(long days) {
    long shifted = days + 719_468;
    long era = shifted / 146_097;
    long day = shifted % 146_097;
    long year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    long dayOfYear = day - (365 * year + year / 4 - year / 100);
    long month = (5 * dayOfYear + 2) / 153;
    long january = month < 10 ? month + 3 : month - 9;
    number(0, 4, (int) (era * 400 + year + (january <= 2 ? 1 : 0)));
    number(5, 2, (int) january);
    number(8, 2, (int) (dayOfYear - (153 * month + 2) / 5 + 1));
  }

  private void number(int offset, int digits, int value) {
    int left = value;
    for (int i = digits - 1; i >= 0; i--) {
      line[time + offset + i] = (byte) ('0' + left % 10);
      left /= 10;
    }
  }
}
