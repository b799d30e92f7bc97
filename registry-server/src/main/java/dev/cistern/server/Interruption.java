package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.server.cli.CacheRunner;
import org.jspecify.annotations.Nullable;

/**
 * Lets a signal interrupt the work of a command, and only the work: the cache is closed in any case
 * as it should be.
 */
final class Interruption {

  private boolean signalled;
  private @Nullable Thread working;

  /** Interrupts the work now, or as soon as it begins. */
  synchronized void signal() {
    signalled = true;
    if (working != null) {
      working.interrupt();
    }
  }

  /** Work that a signal interrupts. */
  CacheRunner.Work of(CacheRunner.Work work) {
    return cache -> run(cache, work);
  }

  private void run(PullThroughCache cache, CacheRunner.Work work) throws InterruptedException {
    begin();
    try {
      work.run(cache);
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    working = Thread.currentThread();
    if (signalled) {
      working.interrupt();
    }
  }

  private synchronized void end() {
    working = null;
    boolean unused = Thread.interrupted();
  }
}
