package dev.cistern.server.auth;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Checks that wait for a thread, by the network that they come from. The networks take turns, so a
 * network with many checks delays another one by one check, and not by all. Thread-safe.
 */
final class Turns {

  private record Waiting(String network, Deque<Runnable> checks) {}

  private final Executor threads;
  private final int most;

  /** The network whose turn is next comes first. Guarded by this. */
  private final Map<String, Waiting> networks = new LinkedHashMap<>();

  /**
   * @param threads run the checks
   * @param most how many checks of one network may wait
   */
  Turns(Executor threads, int most) {
    this.threads = threads;
    this.most = most;
  }

  /**
   * Runs a check when its turn comes.
   *
   * @throws RejectedExecutionException if too many checks are waiting, of this network or of all
   */
  synchronized void execute(String network, Runnable check) {
    Waiting own = networks.computeIfAbsent(network, name -> new Waiting(name, new ArrayDeque<>()));
    if (own.checks.size() >= most) {
      throw new RejectedExecutionException("too many checks of one network are waiting");
    }
    own.checks.add(check);
    try {
      // One run for each check; which check it runs is decided when it begins.
      threads.execute(this::runNext);
    } catch (RejectedExecutionException e) {
      own.checks.removeLast();
      if (own.checks.isEmpty()) {
        networks.remove(network);
      }
      throw e;
    }
  }

  private void runNext() {
    Runnable check = next();
    if (check != null) {
      check.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    Iterator<Waiting> inTurn = networks.values().iterator();
    if (!inTurn.hasNext()) {
      return null;
    }
    Waiting first = inTurn.next();
    inTurn.remove();
    Runnable check = first.checks.remove();
    if (!first.checks.isEmpty()) {
      networks.put(first.network, first);
    }
    return check;
  }
}
