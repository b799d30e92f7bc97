package dev.cistern.proxy.maintenance;

import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.UnfinishedTransfers;
import java.util.List;
import java.util.Objects;

/**
 * What a {@link GarbageCollection} has evicted, or would evict in a dry run.
 *
 * @param before the usage before
 * @param after the usage afterwards; in a dry run, as it would be
 * @param contents what the limits require to evict, the least recently used first
 * @param danglingLinks how many links and tags without content were removed, or would be
 * @param unfinished unfinished transfers of caches that have ended; the expired ones were removed,
 *     or would be
 * @param failures deletions that failed
 */
public record GarbageReport(
    DiskUsage before,
    DiskUsage after,
    List<Garbage> contents,
    long danglingLinks,
    UnfinishedTransfers unfinished,
    List<Failure> failures) {

  public GarbageReport {
    Objects.requireNonNull(before, "before");
    Objects.requireNonNull(after, "after");
    Objects.requireNonNull(unfinished, "unfinished");
    contents = List.copyOf(contents);
    failures = List.copyOf(failures);
  }
}
