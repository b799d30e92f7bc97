package dev.cistern.proxy.internal.fetch;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of positions, as the runs that they form: {@code [0, 10) [64, 70)}. Runs that touch are
 * one. For one thread at a time.
 */
final class Runs {

  /** What {@link #nextAt} answers when there is no further run. */
  static final long NONE = Long.MAX_VALUE;

  // The end of each run by its start.
  private final TreeMap<Long, Long> runs = new TreeMap<>();
  private long positions;

  /** Adds the positions from {@code from} to before {@code to}. */
  void add(long from, long to) {
    if (from >= to) {
      return;
    }
    long start = from;
    long end = to;
    for (Map.Entry<Long, Long> run = runs.floorEntry(end);
        run != null && run.getValue() >= start;
        run = runs.floorEntry(end)) {
      start = Math.min(start, run.getKey());
      end = Math.max(end, run.getValue());
      runs.remove(run.getKey());
      positions -= run.getValue() - run.getKey();
    }
    runs.put(start, end);
    positions += end - start;
  }

  /** Adds the positions of another set. */
  void addAll(Runs others) {
    others.forEach(this::add);
  }

  /** What is done with a run, from its first position to the one after its last. */
  @FunctionalInterface
  interface Run {
    void accept(long from, long to);
  }

  void forEach(Run run) {
    runs.forEach(run::accept);
  }

  /** Removes all positions before this one. */
  void removeBefore(long position) {
    for (Map.Entry<Long, Long> run = runs.firstEntry();
        run != null && run.getKey() < position;
        run = runs.firstEntry()) {
      runs.remove(run.getKey());
      positions -= run.getValue() - run.getKey();
      add(position, run.getValue());
    }
  }

  void clear() {
    runs.clear();
    positions = 0;
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** How many positions there are. */
  long count() {
    return positions;
  }

  /** Where the run ends that has this position; the position itself if none has it. */
  long endAt(long position) {
    Map.Entry<Long, Long> run = runs.floorEntry(position);
    return run == null ? position : Math.max(position, run.getValue());
  }

  /** Where the run begins that has the position before this one; this one if none has it. */
  long startBefore(long position) {
    Map.Entry<Long, Long> run = runs.lowerEntry(position);
    return run != null && run.getValue() >= position ? run.getKey() : position;
  }

  /** Where the first run begins at or after this position; {@link #NONE} if there is none. */
  long nextAt(long position) {
    Long next = runs.ceilingKey(position);
    return next == null ? NONE : next;
  }
}
