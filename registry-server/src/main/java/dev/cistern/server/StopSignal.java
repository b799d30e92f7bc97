package dev.cistern.server;

import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT. The first one asks the server to stop, so that the process ends with exit
 * code 0. A second one ends the process at once, for operators who do not want to wait.
 */
final class StopSignal {

  private static final Logger log = LoggerFactory.getLogger(StopSignal.class);

  private static final int TERM = 128 + 15;
  private static final int INT = 128 + 2;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final IntConsumer halt;
  private boolean handled;

  StopSignal(IntConsumer halt) {
    this.halt = halt;
  }

  /**
   * Handles the signals from now on.
   *
   * @param halt ends the process at once, with an exit code
   */
  static StopSignal handle(IntConsumer halt) {
    StopSignal stop = new StopSignal(halt);
    boolean term = Signals.handle("TERM", () -> stop.received(TERM));
    boolean interrupt = Signals.handle("INT", () -> stop.received(INT));
    stop.handled = term && interrupt;
    return stop;
  }

  /** Whether the signals are handled here. Otherwise they run the shutdown hooks. */
  boolean isHandled() {
    return handled;
  }

  synchronized void received(int exitCode) {
    if (asked.getCount() == 0) {
      halt.accept(exitCode);
      return;
    }
    // Before the server that it wakes says that it has stopped.
    log.info("Stopping; another signal ends the server at once");
    asked.countDown();
  }

  /** Waits for the first signal. */
  void await() throws InterruptedException {
    asked.await();
  }
}
