package dev.cistern.server;

import dev.cistern.server.logging.Logging;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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

  private final OutputStream err;
  private final IntConsumer halt;

  /**
   * @param err gets the last line; unbuffered
   * @param halt ends the process at once, with an exit code and without shutdown hooks
   */
  UncaughtErrors(OutputStream err, IntConsumer halt) {
    this.err = err;
    this.halt = halt;
  }

  /** Handles all threads of this process that have no other handler. */
  static void install() {
    Thread.setDefaultUncaughtExceptionHandler(
        new UncaughtErrors(new FileOutputStream(FileDescriptor.err), Runtime.getRuntime()::halt));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      end();
    } else {
      // Not earlier: this sets up logging, which a command without log lines does not need.
      Logger log = LoggerFactory.getLogger(UncaughtErrors.class);
      log.error("Thread {} ended by an unexpected error", thread.getName(), failure);
    }
  }

  /** Takes no memory: the logger would fail, and the process would end without a line. */
  private void end() {
    try {
      err.write(Logging.outOfMemoryLine(System.currentTimeMillis()));
    } catch (IOException e) {
      // There is no other place to write to.
    } finally {
      halt.accept(OUT_OF_MEMORY);
    }
  }
}
