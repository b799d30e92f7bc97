package dev.cistern.proxy.event;

import java.util.List;
import java.util.Objects;

/**
 * What a sweep did.
 *
 * @param before the usage before
 * @param after the usage afterwards
 * @param evicted how many blobs and manifests were evicted
 * @param evictedBytes how many bytes of disk that freed
 * @param danglingLinks how many links and tags without content were removed
 * @param failures the steps that failed, as texts for people; they run again at the next sweep
 */
public record SweepReport(
    DiskUsage before,
    DiskUsage after,
    long evicted,
    long evictedBytes,
    long danglingLinks,
    List<String> failures) {

  public SweepReport {
    Objects.requireNonNull(before, "before");
    Objects.requireNonNull(after, "after");
    failures = List.copyOf(failures);
  }
}
