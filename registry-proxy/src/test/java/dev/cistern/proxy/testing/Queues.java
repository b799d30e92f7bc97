package dev.cistern.proxy.testing;

import dev.cistern.proxy.internal.concurrent.WorkQueue;
import java.util.concurrent.Executor;

/** Work queues for tests. */
public final class Queues {

  private Queues() {}

  /** All clients in one line. */
  public static WorkQueue of(Executor executor) {
    return (client, work) -> {
      executor.execute(work::run);
      return joining -> {};
    };
  }
}
