package dev.cistern.proxy.report;

import dev.cistern.proxy.policy.EvictionReason;
import java.util.List;
import java.util.Objects;

/**
 * What was evicted because the limits require it, or would be in a dry run: by a {@link
 * dev.cistern.proxy.maintenance.GarbageCollection}, or by a running cache when it was asked to.
 *
 * @param before the usage before
 * @param after the usage afterwards; in a dry run, as it would be
 * @param evicted how much was evicted for each reason, or would be
 * @param contents the content that the limits require to evict, the least recently used first. A
 *     running cache lists the first thousand only
 * @param danglingLinks how many links and tags without content were removed, or would be
 * @param unfinished unfinished transfers; the expired ones were removed, or would be
 * @param failures what failed; a running cache tries it again at its next sweep
 */
public record GarbageReport(
    DiskUsage before,
    DiskUsage after,
    List<Evicted> evicted,
    List<Garbage> contents,
    long danglingLinks,
    UnfinishedTransfers unfinished,
    List<Failure> failures) {

  /**
   * A sum.
   *
   * @param contents how many blobs and manifests
   * @param bytes how many bytes of disk that freed, which is more than their sizes
   */
  public record Evicted(EvictionReason reason, long contents, long bytes) {

    public Evicted {
      Objects.requireNonNull(reason, "reason");
    }

    /** The sum of this and another one for the same reason. */
    public Evicted plus(Evicted other) {
      return new Evicted(reason, contents + other.contents, bytes + other.bytes);
    }
  }

  public GarbageReport {
    Objects.requireNonNull(before, "before");
    Objects.requireNonNull(after, "after");
    Objects.requireNonNull(unfinished, "unfinished");
    evicted = List.copyOf(evicted);
    contents = List.copyOf(contents);
    failures = List.copyOf(failures);
  }

  /** How many blobs and manifests were evicted, or would be. */
  public long evictedContents() {
    return evicted.stream().mapToLong(Evicted::contents).sum();
  }

  /** How many bytes of disk that freed, or would free. */
  public long evictedBytes() {
    return evicted.stream().mapToLong(Evicted::bytes).sum();
  }
}
