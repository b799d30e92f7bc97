package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.internal.concurrent.ClientLines.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that waits for one of a limited number of threads. Clients take turns: each has a line of
 * its own, and the next work is that of the client whose turn was longest ago. So a client with
 * thousands of requests delays another one by one request.
 *
 * <p>Work that several clients wait for has a place in the line of each, and is done when the first
 * of these places comes up. So no client waits longer for work because another one began it.
 *
 * <p>Work that no client waits for is removed whenever the queue has grown to twice its size, so
 * that it holds little more than the work that is wanted. When the queue is full, the client with
 * the most places loses its newest one, and work that has lost its last place is rejected.
 *
 * <p>Spare work runs on threads that are free. When other work has to wait, one that runs spare
 * work is asked to end it. Thread-safe.
 */
final class FairQueue implements WorkQueue {

  private static final Logger log = LoggerFactory.getLogger(FairQueue.class);

  /** So little work costs next to nothing, wanted or not. */
  private static final int LITTLE = 64;

  /** A full queue is looked at again when one of so many places has changed. */
  private static final int PART = 8;

  private final Executor threads;
  private final int atOnce;
  private final int most;

  // Guarded by this.
  private final Set<Spare> spares = new LinkedHashSet<>();
  private final ClientLines<Waiting> lines = new ClientLines<>();
  private int running;
  private int untilNextLook;
  private int lookAt = LITTLE;

  /**
   * Starts empty.
   *
   * @param threads runs at least {@code atOnce} tasks at the same time
   * @param atOnce how much work to do at the same time
   * @param most how many places there are for more
   */
  FairQueue(Executor threads, int atOnce, int most) {
    this.threads = threads;
    this.atOnce = atOnce;
    this.most = most;
  }

  /** Work and its places, which the lock of the queue guards. */
  private final class Waiting implements Ticket {

    private final Work work;
    private final Map<String, Place<Waiting>> places = new HashMap<>();

    Waiting(Work work) {
      this.work = work;
    }

    @Override
    public void join(String client) {
      FairQueue.this.join(client, this);
    }
  }

  /** What to do outside the lock, because clients learn of it. */
  private record Removed(List<Work> unwanted, List<Work> displaced, List<Spare> inTheWay) {

    Removed() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  @Override
  public Ticket execute(String client, Work work) {
    Waiting waiting = new Waiting(work);
    Removed removed = new Removed();
    try {
      synchronized (this) {
        if (running < atOnce) {
          threads.execute(() -> runAll(work));
          running++;
          return waiting;
        }
        if (!addPlace(client, waiting, removed)) {
          throw Rejection.full(most);
        }
        spares.stream().findFirst().ifPresent(removed.inTheWay::add);
        spares.removeAll(removed.inTheWay);
      }
    } finally {
      inform(removed);
    }
    return waiting;
  }

  @Override
  public boolean startSpare(Spare work) {
    synchronized (this) {
      if (running == atOnce || lines.count() > 0) {
        return false;
      }
      spares.add(work);
      try {
        threads.execute(() -> runAll(work));
      } catch (RejectedExecutionException e) {
        // The cache is shutting down.
        spares.remove(work);
        return false;
      }
      running++;
      return true;
    }
  }

  private void runAll(Spare first) {
    try {
      first.run();
    } catch (RuntimeException | Error e) {
      log.error("A task of the cache failed", e);
    }
    synchronized (this) {
      spares.remove(first);
    }
    runAll(next());
  }

  /** Work that has begun, or was removed, needs no further places. */
  private void join(String client, Waiting waiting) {
    Removed removed = new Removed();
    synchronized (this) {
      if (!waiting.places.isEmpty() && !waiting.places.containsKey(client)) {
        // Without a place of its own, the client waits in those of the others.
        addPlace(client, waiting, removed);
      }
    }
    inform(removed);
  }

  /**
   * Gives work a place, at the cost of the client that has the most if the queue is full.
   *
   * @return false when that is this client
   */
  private boolean addPlace(String client, Waiting waiting, Removed removed) {
    if (isLookDue()) {
      removeUnwanted(waiting, removed);
    }
    Optional<Place<Waiting>> displaced = Optional.empty();
    if (lines.count() >= most) {
      displaced = lines.newestOfLongest(lines.count(client));
      if (displaced.isEmpty()) {
        return false;
      }
    }
    waiting.places.put(client, lines.add(client, waiting));
    displaced.ifPresent(place -> displace(place, removed));
    return true;
  }

  private void displace(Place<Waiting> place, Removed removed) {
    Waiting loser = place.work();
    lines.remove(place);
    loser.places.remove(place.client());
    if (loser.places.isEmpty()) {
      removed.displaced.add(loser.work);
    }
  }

  /**
   * Whether to look for work that no client waits for: what such work holds, such as the request of
   * the client, costs memory. A look must not make each request as costly as the queue is long. So
   * the next look is made when the queue has grown to twice its size, or, once it is full and a
   * look found little, when a part of it has changed.
   */
  private boolean isLookDue() {
    return lines.count() >= most ? untilNextLook-- <= 0 : lines.count() >= lookAt;
  }

  private void removeUnwanted(Waiting added, Removed removed) {
    int before = lines.count();
    for (Waiting waiting : lines.all()) {
      if (waiting != added && waiting.work.dropIfUnwanted()) {
        removed.unwanted.add(waiting.work);
        leave(waiting);
      }
    }
    int part = most / PART;
    untilNextLook = before - lines.count() > part ? 0 : part;
    lookAt = Math.max(LITTLE, 2 * lines.count());
  }

  private void leave(Waiting waiting) {
    waiting.places.values().forEach(lines::remove);
    waiting.places.clear();
  }

  private void inform(Removed removed) {
    removed.unwanted.forEach(FairQueue::run);
    removed.displaced.forEach(work -> work.reject(Rejection.full(most)));
    removed.inTheWay.forEach(Spare::endSoon);
  }

  private void runAll(@Nullable Work first) {
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
    Optional<Place<Waiting>> place = lines.take();
    if (place.isEmpty()) {
      running--;
      return null;
    }
    Waiting waiting = place.get().work();
    leave(waiting);
    lookAt = Math.max(LITTLE, Math.min(lookAt, 2 * lines.count()));
    return waiting.work;
  }

  /** How many places are taken. */
  synchronized int waiting() {
    return lines.count();
  }
}
