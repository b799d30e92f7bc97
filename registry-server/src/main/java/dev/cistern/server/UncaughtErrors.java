package dev.cistern.server;

import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each exception or error that ends a thread because no code caught it. When memory has run
 * out, it also ends the process.
 *
 * <p>The thread may have served connections, which would then hang. Clients use the next mirror if
 * this one is down, but they wait for one that does not answer. A supervisor restarts the process.
 */
final class UncaughtErrors implements Thread.UncaughtExceptionHandler {

  /** The exit code when memory has run out. */
  static final int OUT_OF_MEMORY = 3;

  private final IntConsumer halt;

  /**
   * @param halt ends the process at once, with an exit code and without shutdown hooks
   */
  UncaughtErrors(IntConsumer halt) {
    this.halt = halt;
  }

  /** Handles all threads of this process that have no other handler. */
  static void install() {
    Thread.setDefaultUncaughtExceptionHandler(new UncaughtErrors(Runtime.getRuntime()::halt));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    boolean fatal = failure instanceof OutOfMemoryError;
    try {
      // Not earlier: this sets up logging, which a command without log lines does not need.
      Logger log = LoggerFactory.getLogger(UncaughtErrors.class);
      if (fatal) {
        log.error("Out of memory; the process ends now. Give the JVM more heap by -Xmx", failure);
      } else {
        log.error("Thread {} ended by an unexpected error", thread.getName(), failure);
      }
    } finally {
      if (fatal) {
        halt.accept(OUT_OF_MEMORY);
      }
    }
  }
}
