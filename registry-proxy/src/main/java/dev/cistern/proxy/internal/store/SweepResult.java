package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.policy.EvictionReason;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What one sweep evicted. For one thread. */
final class SweepResult {

  private final Map<EvictionReason, Long> contents = new EnumMap<>(EvictionReason.class);
  private long bytes;

  void evicted(long cost, EvictionReason reason) {
    contents.merge(reason, 1L, Long::sum);
    bytes += cost;
  }

  /** How many bytes of disk were freed. */
  long bytes() {
    return bytes;
  }

  /** How many blobs and manifests were evicted. */
  long contents() {
    return contents.values().stream().mapToLong(Long::longValue).sum();
  }

  boolean isEmpty() {
    return contents.isEmpty();
  }

  /** For the log: {@code 12 idle, 3 size}. */
  @Override
  public String toString() {
    return contents.entrySet().stream()
        .map(count -> count.getValue() + " " + count.getKey().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
