package dev.cistern.proxy.internal.concurrent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that an executor repeats. An executor gives up a task that throws, for ever and without a
 * word; what this one throws is logged, and it is run again.
 */
public final class Repeated implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(Repeated.class);

  private final String what;
  private final Runnable task;

  /**
   * @param what names the task at the beginning of a message
   */
  public Repeated(String what, Runnable task) {
    this.what = what;
    this.task = task;
  }

  @Override
  public void run() {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.error("{} failed, and is tried again later", what, e);
    }
  }
}
