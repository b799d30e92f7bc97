package dev.cistern.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.cistern.server.config.LogConfig;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up what the process logs. */
public final class Logging {

  /**
   * The logger of the requests answered, at level info: on whatever {@code log.level} says, unless
   * it is disabled.
   */
  public static final String ACCESS = "dev.cistern.access";

  /** Libraries whose information is of no use to an operator. */
  private static final List<String> CHATTY =
      List.of("io.undertow", "org.xnio", "org.jboss.threads");

  /** What {@link #outOfMemoryLine} says. */
  public static final String OUT_OF_MEMORY =
      "Out of memory; the process ends now. Give the JVM more heap by -Xmx";

  private static volatile OutOfMemoryLine outOfMemoryLine = OutOfMemoryLine.plain(OUT_OF_MEMORY);

  private Logging() {}

  /**
   * Replaces whatever logging there is in this process.
   *
   * <p>The requests answered are written by a thread of their own, so that a terminal or a pipe
   * that takes nothing holds up no request. {@link #flush} at the end.
   *
   * @param out gets the lines, UTF-8, flushed one by one; stays open
   */
  public static void configure(LogConfig config, OutputStream out) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    flush();
    context.reset();
    Encoder<ILoggingEvent> encoder =
        switch (config.format()) {
          case TEXT -> new TextEncoder(config.fields());
          case JSON -> new JsonLineEncoder(config.fields());
        };
    encoder.setContext(context);
    encoder.start();
    outOfMemoryLine = OutOfMemoryLine.of(OUT_OF_MEMORY, Logging.class.getName(), encoder);
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(new UnclosedStream(out));
    appender.start();
    Level level = Level.valueOf(config.level().name());
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
    root.setLevel(level);
    if (level.toInt() == Level.INFO_INT) {
      CHATTY.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
    }
    ch.qos.logback.classic.Logger access = context.getLogger(ACCESS);
    access.setAdditive(false);
    if (config.accessLog() == LogConfig.AccessLog.ENABLED) {
      access.setLevel(Level.INFO);
      access.addAppender(AccessQueue.before(appender, context));
    } else {
      access.setLevel(Level.OFF);
    }
  }

  /**
   * A line of the log that says that memory has run out, in UTF-8 and in the configured format. To
   * make it needs no memory.
   *
   * @param now milliseconds since the epoch, not negative
   */
  public static byte[] outOfMemoryLine(long now) {
    return outOfMemoryLine.at(now);
  }

  /**
   * Writes what is still to be written of the requests answered, for a second at most, and no more
   * of them from then on.
   */
  public static void flush() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(ACCESS).detachAndStopAllAppenders();
  }
}
