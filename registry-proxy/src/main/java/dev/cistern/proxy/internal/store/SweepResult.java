package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.GarbageReport.Evicted;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.report.UnfinishedTransfers;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one sweep did. For one thread. */
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
  private final List<Failure> failedSteps = new ArrayList<>();
  private List<Garbage> contents = List.of();
  private UnfinishedTransfers transfers = UnfinishedTransfers.NONE;
  private long danglingLinks;

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

  /**
   * A step of the sweep failed.
   *
   * @param subject what it is about, in one word
   */
  void failed(String subject, Exception cause) {
    failedSteps.add(Failure.of(subject, cause));
  }

  /** What was chosen, with the repositories that had it. */
  void found(List<Garbage> garbage) {
    contents = garbage;
  }

  void removed(UnfinishedTransfers unfinished) {
    transfers = unfinished;
  }

  void removedDangling(long linksAndTags) {
    danglingLinks = linksAndTags;
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

  GarbageReport report(DiskUsage before, DiskUsage after) {
    return new GarbageReport(
        before,
        after,
        List.copyOf(evicted.values()),
        contents,
        danglingLinks,
        transfers,
        Stream.of(failures, failedSteps).flatMap(List::stream).toList());
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
