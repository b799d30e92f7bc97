package dev.cistern.proxy.internal.concurrent;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The places in which work waits, in a line for each client. Clients take turns, in the order in
 * which their last turn was. No operation but {@link #all} looks at all places. Not thread-safe.
 *
 * @param <W> the work, which may have places in several lines
 */
final class ClientLines<W> {

  /** In the order of turns: the first client is next. In each line the oldest place is first. */
  private final LinkedHashMap<String, NavigableMap<Long, W>> lines = new LinkedHashMap<>();

  /** The clients with this many places, but for the client without a name. */
  private final NavigableMap<Integer, Set<String>> bySize = new TreeMap<>();

  private long sequence;
  private int count;

  /** A place in the line of a client. */
  record Place<W>(String client, long number, W work) {}

  /** The number of places. */
  int count() {
    return count;
  }

  /** The number of places of a client. */
  int count(String client) {
    NavigableMap<Long, W> line = lines.get(client);
    return line == null ? 0 : line.size();
  }

  /** Adds a place at the end of a client's line. */
  Place<W> add(String client, W work) {
    NavigableMap<Long, W> line = lines.computeIfAbsent(client, same -> new TreeMap<>());
    Place<W> place = new Place<>(client, sequence++, work);
    line.put(place.number, work);
    count++;
    resized(client, line.size() - 1, line.size());
    return place;
  }

  /** Removes a place, if it is still there. */
  void remove(Place<W> place) {
    NavigableMap<Long, W> line = lines.get(place.client);
    if (line == null || line.remove(place.number) == null) {
      return;
    }
    count--;
    resized(place.client, line.size() + 1, line.size());
    if (line.isEmpty()) {
      lines.remove(place.client);
    }
  }

  /** Takes the first place of the client whose turn it is. */
  Optional<Place<W>> take() {
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    Map.Entry<String, NavigableMap<Long, W>> turn = lines.entrySet().iterator().next();
    String client = turn.getKey();
    NavigableMap<Long, W> line = turn.getValue();
    Map.Entry<Long, W> first = line.firstEntry();
    Place<W> place = new Place<>(client, first.getKey(), first.getValue());
    remove(place);
    if (lines.remove(client) != null) {
      lines.put(client, line);
    }
    return Optional.of(place);
  }

  /**
   * The newest place of the client with the most places.
   *
   * @param most empty unless that client has more places than this
   */
  Optional<Place<W>> newestOfLongest(int most) {
    Map.Entry<Integer, Set<String>> longest = bySize.lastEntry();
    if (longest == null || longest.getKey() <= most) {
      return Optional.empty();
    }
    String client = longest.getValue().iterator().next();
    Map.Entry<Long, W> newest = lines.getOrDefault(client, new TreeMap<>()).lastEntry();
    return Optional.of(new Place<>(client, newest.getKey(), newest.getValue()));
  }

  /** All work that has a place. */
  Set<W> all() {
    Set<W> all = new HashSet<>();
    lines.values().forEach(line -> all.addAll(line.values()));
    return all;
  }

  private void resized(String client, int before, int after) {
    if (client.isEmpty()) {
      return;
    }
    Set<String> same = bySize.get(before);
    if (same != null) {
      same.remove(client);
      if (same.isEmpty()) {
        bySize.remove(before);
      }
    }
    if (after > 0) {
      bySize.computeIfAbsent(after, size -> new LinkedHashSet<>()).add(client);
    }
  }
}
