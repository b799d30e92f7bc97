package dev.cistern.proxy.maintenance;

import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.UnfinishedTransfers;
import java.util.List;
import java.util.Objects;

/**
 * What a {@link GarbageCollection} has let go, or would.
 *
 * @param before what was used
 * @param after what is used, or would be
 * @param contents that have to go, the least recently used first
 * @param danglingLinks how many links and tags without content have gone, or would
 * @param unfinished transfers that nobody owns, of which the expired have gone, or would
 * @param failures to delete something
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
