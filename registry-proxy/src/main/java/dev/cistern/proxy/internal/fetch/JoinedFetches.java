package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RepositoryName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The fetches of pieces of one blob, and which readers wait for each. For one thread at a time. */
final class JoinedFetches {

  private final Map<PieceFetch, Set<PartReader>> fetches = new LinkedHashMap<>();

  boolean isEmpty() {
    return fetches.isEmpty();
  }

  /** The first fetch that brings the byte at a position. */
  Optional<PieceFetch> covering(long position) {
    return fetches.keySet().stream().filter(fetch -> fetch.covers(position)).findFirst();
  }

  /** Whether there is one for this repository. */
  boolean areFor(RepositoryName repository) {
    return fetches.keySet().stream().anyMatch(fetch -> fetch.repository().equals(repository));
  }

  /** The readers that wait for a fetch; none if it is not here. */
  Set<PartReader> joinedBy(PieceFetch fetch) {
    return fetches.getOrDefault(fetch, Set.of());
  }

  boolean hasJoined(PieceFetch fetch, PartReader reader) {
    return joinedBy(fetch).contains(reader);
  }

  /** A reader has made a fetch. */
  void add(PieceFetch fetch, PartReader reader) {
    fetches.put(fetch, new HashSet<>(Set.of(reader)));
  }

  /**
   * One more reader waits.
   *
   * @return false if the fetch is not here any more, or the reader has joined before
   */
  boolean join(PieceFetch fetch, PartReader reader) {
    Set<PartReader> joined = fetches.get(fetch);
    return joined != null && joined.add(reader);
  }

  /** Returns what the reader waited for. */
  List<PieceFetch> leave(PartReader reader) {
    List<PieceFetch> left = new ArrayList<>();
    fetches.forEach(
        (fetch, joined) -> {
          if (joined.remove(reader)) {
            left.add(fetch);
          }
        });
    return left;
  }

  /** Returns its readers. */
  Set<PartReader> remove(PieceFetch fetch) {
    Set<PartReader> joined = fetches.remove(fetch);
    return joined == null ? Set.of() : joined;
  }
}
