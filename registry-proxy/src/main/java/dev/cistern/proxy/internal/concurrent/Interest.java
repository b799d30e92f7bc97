package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.Cause;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who wants some work that several requests share, while it waits for its turn and while it is
 * done. Work whose requesters have all left before its turn is dropped. Thread-safe.
 */
public final class Interest {

  private final String client;
  private final Cause cause;

  // Guarded by this.
  private final List<Requester> requesters = new ArrayList<>();
  private WorkQueue.@Nullable Ticket ticket;
  private boolean dropped;

  // Once they are set, they stay.
  private volatile boolean forPeer;
  private volatile boolean asked;

  /**
   * @param first starts the work, so it has its place among the work of this client
   */
  public Interest(Requester first) {
    client = first.client();
    cause = first.cause();
    forPeer = first.isPeer();
    asked = !first.asksAhead();
    requesters.add(first);
  }

  /** The client that started the work. */
  public String client() {
    return client;
  }

  /** The request that started the work, for events. */
  public Cause cause() {
    return cause;
  }

  /** The work waits in a queue. Every client that waits for it gets a place there. */
  public void queued(WorkQueue.Ticket places) {
    Set<String> clients = new LinkedHashSet<>();
    synchronized (this) {
      ticket = places;
      requesters.forEach(requester -> clients.add(requester.client()));
    }
    clients.forEach(places::join);
  }

  /**
   * Adds a requester.
   *
   * @return false when the work was dropped already; start it again then
   */
  public boolean join(Requester requester) {
    WorkQueue.@Nullable Ticket places;
    synchronized (this) {
      if (dropped) {
        return false;
      }
      requesters.add(requester);
      forPeer |= requester.isPeer();
      asked |= !requester.asksAhead();
      places = ticket;
    }
    // Outside the lock: the queue asks, under its own, whether the work is wanted.
    if (places != null) {
      places.join(requester.client());
    }
    return true;
  }

  /** The caches that the requests of all who wait have passed. */
  public synchronized Set<String> passed() {
    Set<String> all = new LinkedHashSet<>();
    for (Requester requester : requesters) {
      all.addAll(requester.passed());
    }
    return all;
  }

  /**
   * Whether another cache of the cluster has asked for the work. Then it must not wait for one more
   * cache, which may wait for this one.
   */
  public boolean isForPeer() {
    return forPeer;
  }

  /** Removes a requester that has what it wants. */
  public synchronized void leave(Requester requester) {
    requesters.remove(requester);
  }

  /** Whether any requester still waits. */
  public synchronized boolean isWanted() {
    for (Requester requester : requesters) {
      if (requester.isWaiting()) {
        return true;
      }
    }
    return false;
  }

  /** Whether any requester still waits that does not only ask ahead. */
  public synchronized boolean isWaitedFor() {
    for (Requester requester : requesters) {
      if (!requester.asksAhead() && requester.isWaiting()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether all who ever wanted the work have asked ahead of clients. No client has begun it, so it
   * is not to be done to its end when none of them waits any more.
   */
  public boolean isAhead() {
    return !asked;
  }

  /** How many requesters wait for the work, or read its result. */
  public synchronized int waiting() {
    int waiting = 0;
    for (Requester requester : requesters) {
      waiting += requester.isWaiting() ? 1 : 0;
    }
    return waiting;
  }

  /**
   * Begins the work when its turn has come, goes on with it, or drops it forever. Later requesters
   * cannot join dropped work.
   *
   * @return false when no requester waits for it: do not do it
   */
  public synchronized boolean begin() {
    dropped = dropped || !isWanted();
    return !dropped;
  }
}
