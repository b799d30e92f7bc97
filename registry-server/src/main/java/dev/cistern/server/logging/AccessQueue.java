package dev.cistern.server.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Is between those who answer requests, on I/O threads, and the thread that writes the lines: what
 * does not fit is lost rather than waited for, and counted.
 */
final class AccessQueue extends AsyncAppender {

  private static final Logger log = LoggerFactory.getLogger(AccessQueue.class);

  /** About a tenth of a second of all that this can answer; some megabytes. */
  private static final int LINES = 4096;

  private final AtomicLong lost = new AtomicLong();

  private AccessQueue() {}

  /**
   * A queue before an appender, which stays the caller's.
   *
   * @param context of both
   */
  static AccessQueue before(Appender<ILoggingEvent> appender, LoggerContext context) {
    AccessQueue queue = new AccessQueue();
    Writer writer = queue.new Writer(appender);
    writer.setContext(context);
    writer.start();
    queue.setContext(context);
    queue.setName("access");
    queue.setQueueSize(LINES);
    queue.setDiscardingThreshold(0);
    queue.setNeverBlock(true);
    queue.addAppender(writer);
    queue.start();
    return queue;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (getRemainingCapacity() == 0) {
      lost.incrementAndGet();
    } else {
      super.append(event);
    }
  }

  /** Runs on the queue's own thread. */
  private final class Writer extends AppenderBase<ILoggingEvent> {

    private final Appender<ILoggingEvent> appender;

    private Writer(Appender<ILoggingEvent> appender) {
      this.appender = appender;
    }

    @Override
    protected void append(ILoggingEvent event) {
      appender.doAppend(event);
      long missing = lost.getAndSet(0);
      if (missing > 0) {
        log.warn("{} requests were not logged: the reader of the log is too slow", missing);
      }
    }
  }
}
