package dev.cistern.server.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for an answer of the cache, on all connections: for the upstream, for
 * storage, for the check of a password. Each holds its headers and the state of a pull, several
 * times what its connection takes. So they are limited by the memory that they hold.
 *
 * <p>When they hold too much, requests of clients that have left lose their place first. Then the
 * client whose requests hold the most loses its newest one. So a client with a thousand requests
 * keeps no other client from waiting. Requests of clients that have left hold a small part in any
 * case: most clients that close their end do not wait, but some do. Thread-safe.
 */
final class WaitingRequests {

  /** The part that requests of clients that have left may hold. */
  private static final int PART_LEFT = 4;

  private final long most;

  // Guarded by this.
  private final Map<String, Line> lines = new HashMap<>();
  private final Set<Place> left = new LinkedHashSet<>();
  private long sequence;
  private long placed;
  private long placedOfLeft;
  private long ending;

  /** The requests of a client, the oldest first. */
  private static final class Line {
    final TreeMap<Long, Place> places = new TreeMap<>();
    long bytes;
  }

  /** Of one request, until it is closed. */
  final class Place implements AutoCloseable {

    private final String client;
    private final long bytes;
    private final Runnable refuse;

    // Guarded by the outer object.
    private final long number;
    private boolean lost;
    private boolean closed;

    private Place(String client, long bytes, Runnable refuse, long number) {
      this.client = client;
      this.bytes = bytes;
      this.refuse = refuse;
      this.number = number;
    }

    /** The client has closed its end. It may still read. */
    void clientLeft() {
      WaitingRequests.this.clientLeft(this);
    }

    /** The request does not wait any more. May be called more than once. */
    @Override
    public void close() {
      synchronized (WaitingRequests.this) {
        if (closed) {
          return;
        }
        closed = true;
        if (lost) {
          ending -= bytes;
        } else {
          remove(this);
        }
      }
    }
  }

  /**
   * @param most how many bytes they may hold
   */
  WaitingRequests(long most) {
    this.most = most;
  }

  /**
   * A request has to wait. Another one may lose its place for it.
   *
   * @param bytes how much memory it holds
   * @param refuse called if it loses its place, on any thread: answers it soon, and closes its
   *     place
   * @return its place; null if it cannot wait
   */
  @Nullable Place add(String client, long bytes, Runnable refuse) {
    List<Place> losers = new ArrayList<>();
    Place place = null;
    synchronized (this) {
      // Those that have lost their places still hold memory until they are answered. To take the
      // place of others does not change that sum, so no client loses one for nothing.
      if (placed + ending + bytes <= most + most / 4 && makeRoom(client, bytes, losers)) {
        place = new Place(client, bytes, refuse, sequence++);
        put(place);
      }
    }
    losers.forEach(loser -> loser.refuse.run());
    return place;
  }

  private void clientLeft(Place place) {
    List<Place> losers = new ArrayList<>();
    synchronized (this) {
      if (!place.lost && !place.closed && left.add(place)) {
        placedOfLeft += place.bytes;
      }
      while (placedOfLeft > most / PART_LEFT) {
        lose(left.iterator().next(), losers);
      }
    }
    losers.forEach(loser -> loser.refuse.run());
  }

  /**
   * Takes places away until there is room.
   *
   * @return false if there cannot be enough; then all keep their places
   */
  private boolean makeRoom(String client, long bytes, List<Place> losers) {
    Set<Place> leaving = new HashSet<>();
    while (placed + bytes > most) {
      Place loser = left.isEmpty() ? newestOfLargest(client, bytes) : left.iterator().next();
      if (loser == null) {
        losers.forEach(kept -> keep(kept, leaving.contains(kept)));
        losers.clear();
        return false;
      }
      if (left.contains(loser)) {
        leaving.add(loser);
      }
      lose(loser, losers);
    }
    return true;
  }

  private void lose(Place loser, List<Place> losers) {
    remove(loser);
    loser.lost = true;
    ending += loser.bytes;
    losers.add(loser);
  }

  /** Undoes {@link #lose}. */
  private void keep(Place place, boolean hasLeft) {
    ending -= place.bytes;
    place.lost = false;
    put(place);
    if (hasLeft) {
      left.add(place);
      placedOfLeft += place.bytes;
    }
  }

  private void put(Place place) {
    Line line = lines.computeIfAbsent(place.client, unused -> new Line());
    line.places.put(place.number, place);
    line.bytes += place.bytes;
    placed += place.bytes;
  }

  /** Null if the client itself would have the most. */
  private @Nullable Place newestOfLargest(String client, long bytes) {
    Line own = lines.get(client);
    long largest = bytes + (own == null ? 0 : own.bytes);
    Place newest = null;
    for (Line line : lines.values()) {
      if (line.bytes > largest) {
        largest = line.bytes;
        newest = line.places.lastEntry().getValue();
      }
    }
    return newest;
  }

  private void remove(Place place) {
    if (left.remove(place)) {
      placedOfLeft -= place.bytes;
    }
    placed -= place.bytes;
    Line line = lines.get(place.client);
    if (line != null && line.places.remove(place.number) != null) {
      line.bytes -= place.bytes;
      if (line.places.isEmpty()) {
        lines.remove(place.client);
      }
    }
  }

  /** How many bytes are held. */
  synchronized long held() {
    return placed + ending;
  }
}
