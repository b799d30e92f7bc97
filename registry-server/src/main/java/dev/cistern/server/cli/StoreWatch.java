package dev.cistern.server.cli;

import dev.cistern.api.Digest;
import dev.cistern.api.Printable;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.server.report.HumanReadable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Notices when a cache does not keep what it has fetched. Thread-safe. */
final class StoreWatch implements CacheListener {

  private static final int MOST_FAULTS = 20;
  private static final int MAX_LENGTH = 500;

  private final Set<Digest> evicted = ConcurrentHashMap.newKeySet();

  // Guarded by itself.
  private final List<String> faults = new ArrayList<>();

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    evicted.add(digest);
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    // What does not fit is a failure of its image.
    if (fault == StorageFault.WRITE) {
      add(attempt + ": " + StorageException.message(cause));
    }
  }

  /** Notes a failure of the store. */
  void add(String fault) {
    synchronized (faults) {
      if (faults.size() < MOST_FAULTS) {
        faults.add(Printable.line(fault, MAX_LENGTH));
      }
    }
  }

  /**
   * What went wrong, a line for each.
   *
   * @param warmed the blobs that were warmed
   */
  List<String> problems(Set<Digest> warmed) {
    List<String> problems;
    synchronized (faults) {
      problems = new ArrayList<>(faults);
    }
    Set<Digest> lost = new HashSet<>(evicted);
    lost.retainAll(warmed);
    if (!lost.isEmpty()) {
      problems.add(
          HumanReadable.count(lost.size(), "blob was", "blobs were")
              + " evicted again to make room for others; raise proxy.maxsize, or warm fewer"
              + " images");
    }
    return problems;
  }
}
