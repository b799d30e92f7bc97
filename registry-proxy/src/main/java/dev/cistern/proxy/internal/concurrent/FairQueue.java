package dev.cistern.proxy.internal.concurrent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that waits for one of a limited number of threads. Clients take turns: each has a queue of
 * its own, and the next work is that of the client whose turn was longest ago. So a client with
 * thousands of requests delays another one by one request.
 *
 * <p>When the queue is full, work that no client waits for is removed. Then the client with the
 * most waiting work loses its newest one. Thread-safe.
 */
final class FairQueue implements WorkQueue {

  private static final Logger log = LoggerFactory.getLogger(FairQueue.class);

  private final Executor threads;
  private final int atOnce;
  private final int most;

  // Guarded by this. In the order of turns: the first client is next. No queue is empty.
  private final LinkedHashMap<String, Deque<Work>> waiting = new LinkedHashMap<>();
  private int count;
  private int running;

  /**
   * Starts empty.
   *
   * @param threads runs at least {@code atOnce} tasks at the same time
   * @param atOnce how much work to do at the same time
   * @param most how much more may wait
   */
  FairQueue(Executor threads, int atOnce, int most) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.most = most;
  }

  @Override
  public void execute(String client, Work work) {
    List<Work> unwanted = new ArrayList<>();
    @Nullable Work displaced = null;
    synchronized (this) {
      if (running < atOnce) {
        threads.execute(() -> runAll(work));
        running++;
        return;
      }
      if (count >= most) {
        removeUnwanted(unwanted);
      }
      if (count >= most) {
        displaced = displaceFor(client);
      }
      waiting.computeIfAbsent(client, same -> new ArrayDeque<>()).add(work);
      count++;
    }
    // Outside the lock, because clients learn of it.
    unwanted.forEach(FairQueue::run);
    if (displaced != null) {
      displaced.reject(Rejection.full(most));
    }
  }

  private void runAll(Work first) {
    @Nullable Work work = first;
    while (work != null) {
      run(work);
      work = next();
    }
  }

  private static void run(Work work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      // The thread goes on with the work of others.
      log.error("A task of the cache failed", e);
    }
  }

  private synchronized @Nullable Work next() {
    Iterator<Map.Entry<String, Deque<Work>>> clients = waiting.entrySet().iterator();
    if (!clients.hasNext()) {
      running--;
      return null;
    }
    Map.Entry<String, Deque<Work>> turn = clients.next();
    clients.remove();
    Work work = turn.getValue().remove();
    count--;
    if (!turn.getValue().isEmpty()) {
      waiting.put(turn.getKey(), turn.getValue());
    }
    return work;
  }

  private void removeUnwanted(List<Work> removed) {
    for (Deque<Work> queue : waiting.values()) {
      queue.removeIf(work -> work.dropIfUnwanted() && removed.add(work));
    }
    waiting.values().removeIf(Deque::isEmpty);
    count -= removed.size();
  }

  /**
   * Makes room at the cost of the client that has the most waiting.
   *
   * @throws RejectedExecutionException when that is this client
   */
  private Work displaceFor(String client) {
    @Nullable String largest = null;
    Deque<Work> own = waiting.get(client);
    int size = own == null ? 0 : own.size();
    for (Map.Entry<String, Deque<Work>> entry : waiting.entrySet()) {
      if (!entry.getKey().isEmpty() && entry.getValue().size() > size) {
        largest = entry.getKey();
        size = entry.getValue().size();
      }
    }
    Deque<Work> queue = largest == null ? null : waiting.get(largest);
    if (largest == null || queue == null) {
      throw Rejection.full(most);
    }
    Work newest = queue.removeLast();
    count--;
    if (queue.isEmpty()) {
      waiting.remove(largest);
    }
    return newest;
  }

  /** How much work is waiting. */
  synchronized int waiting() {
    return count;
  }
}
