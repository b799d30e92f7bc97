package dev.cistern.proxy.testing;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts evictions and faults. */
public final class CountedEvents implements CacheListener {

  private final ConcurrentHashMap<Object, LongAdder> counts = new ConcurrentHashMap<>();

  private void count(Object event) {
    counts.computeIfAbsent(event, unused -> new LongAdder()).increment();
  }

  private long counted(Object event) {
    LongAdder count = counts.get(event);
    return count == null ? 0 : count.sum();
  }

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    count(reason);
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    count(fault);
  }

  public long evicted(EvictionReason reason) {
    return counted(reason);
  }

  public long faults(StorageFault fault) {
    return counted(fault);
  }
}
