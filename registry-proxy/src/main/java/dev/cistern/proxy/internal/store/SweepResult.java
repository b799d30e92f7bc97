package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.GarbageReport.Evicted;
import dev.cistern.proxy.report.Outcome;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What one sweep evicted. For one thread. */
final class SweepResult {

  /** Limits the memory when storage refuses to delete. */
  private static final int MOST_FAILURES = 100;

  /** Content that the sweep chose. */
  record Chosen(PlannedEviction eviction, Outcome outcome) {}

  private final int listed;
  private final Map<EvictionReason, Evicted> evicted = new EnumMap<>(EvictionReason.class);
  private final List<Chosen> chosen = new ArrayList<>();
  private final Set<Digest> left = new HashSet<>();
  private final List<Failure> failures = new ArrayList<>();

  /**
   * @param listed how much of the chosen content to list at most; all of it is counted
   */
  SweepResult(int listed) {
    this.listed = listed;
  }

  void removed(PlannedEviction eviction) {
    evicted.merge(
        eviction.reason(), new Evicted(eviction.reason(), 1, eviction.cost()), Evicted::plus);
    list(eviction, Outcome.REMOVED);
  }

  /** It was used in the meantime, or could not be deleted. It may be chosen again. */
  void left(PlannedEviction eviction) {
    if (chosen.size() < listed && left.add(eviction.digest())) {
      list(eviction, Outcome.LEFT);
    }
  }

  void failed(Digest digest, Exception cause) {
    if (failures.size() < MOST_FAILURES) {
      failures.add(Failure.of(digest, cause));
    }
  }

  private void list(PlannedEviction eviction, Outcome outcome) {
    if (chosen.size() < listed) {
      chosen.add(new Chosen(eviction, outcome));
    }
  }

  /** The first of the chosen content, in the order in which it was chosen. */
  List<Chosen> chosen() {
    return chosen;
  }

  /** What was evicted, for each reason. */
  List<Evicted> evicted() {
    return List.copyOf(evicted.values());
  }

  /** The first of the failed deletions. */
  List<Failure> failures() {
    return failures;
  }

  /** How many bytes of disk were freed. */
  long bytes() {
    return evicted.values().stream().mapToLong(Evicted::bytes).sum();
  }

  boolean isEmpty() {
    return evicted.isEmpty();
  }

  /** For the log: {@code 12 idle, 3 size}. */
  @Override
  public String toString() {
    return evicted.values().stream()
        .map(sum -> sum.contents() + " " + sum.reason().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
