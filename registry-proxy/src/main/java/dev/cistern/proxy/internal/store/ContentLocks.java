package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Locks for digests: shared by those that read or publish content, exclusive for the one that
 * deletes it. Only {@link #lockShared} waits.
 */
final class ContentLocks {

  private static final int DELETING = -1;

  // Guarded by this.
  private final Map<Digest, Integer> holders = new HashMap<>();

  /**
   * Locks content against deletion until {@link #unlockShared}.
   *
   * @return false when it is being deleted; treat it as deleted
   */
  synchronized boolean tryLockShared(Digest digest) {
    return holders.merge(digest, 1, (held, one) -> held == DELETING ? held : held + one) > 0;
  }

  /** As {@link #tryLockShared}, but waits until a deletion in progress has ended. */
  synchronized void lockShared(Digest digest) throws InterruptedException {
    while (!tryLockShared(digest)) {
      wait();
    }
  }

  synchronized void unlockShared(Digest digest) {
    holders.computeIfPresent(digest, (same, held) -> held > 1 ? held - 1 : null);
  }

  /**
   * Locks content for its deletion until {@link #unlockExclusive}.
   *
   * @return false when it is locked already
   */
  synchronized boolean tryLockExclusive(Digest digest) {
    return holders.putIfAbsent(digest, DELETING) == null;
  }

  /** Whether content is locked, shared or exclusively. */
  synchronized boolean isLocked(Digest digest) {
    return holders.containsKey(digest);
  }

  /** All that is locked, shared or exclusively. */
  synchronized Set<Digest> locked() {
    return Set.copyOf(holders.keySet());
  }

  synchronized void unlockExclusive(Digest digest) {
    holders.remove(digest, DELETING);
    notifyAll();
  }
}
