package dev.cistern.server;

import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a thread ends by something that nobody caught: it is logged, and where memory
 * has run out, the process ends.
 *
 * <p>It may have been a thread that serves connections, and those would hang for ever. Clients go
 * on to the next mirror when this one is dead, and wait for one that is silent; whatever supervises
 * the process starts it again.
 */
final class LastResort implements Thread.UncaughtExceptionHandler {

  /** The exit code when memory has run out. */
  static final int OUT_OF_MEMORY = 3;

  private final IntConsumer halt;

  /**
   * @param halt ends the process with an exit code, without running anything more in it
   */
  LastResort(IntConsumer halt) {
    this.halt = halt;
  }

  /** For all threads of this process that have no handler of their own. */
  static void install() {
    Thread.setDefaultUncaughtExceptionHandler(new LastResort(Runtime.getRuntime()::halt));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    boolean fatal = failure instanceof OutOfMemoryError;
    try {
      // Not before: it sets up logging, which commands that log nothing do without.
      Logger log = LoggerFactory.getLogger(LastResort.class);
      if (fatal) {
        log.error("Memory ran out, so the process ends: give the JVM more by -Xmx", failure);
      } else {
        log.error("Thread {} ended", thread.getName(), failure);
      }
    } finally {
      if (fatal) {
        halt.accept(OUT_OF_MEMORY);
      }
    }
  }
}
