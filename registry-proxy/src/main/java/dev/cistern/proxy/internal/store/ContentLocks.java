package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Keeps apart those who need content and those who delete it: while somebody holds it, it is not
 * deleted, and while it is being deleted, nobody gets hold of it. Never locked for the time of an
 * input or output.
 */
final class ContentLocks {

  private static final int DELETING = -1;

  // Guarded by this.
  private final Map<Digest, Integer> holders = new HashMap<>();

  /**
   * ContentLocks content; {@link #unlockShared} it.
   *
   * @return false when it is being deleted, which is as good as gone
   */
  synchronized boolean tryLockShared(Digest digest) {
    return holders.merge(digest, 1, (held, one) -> held == DELETING ? held : held + one) > 0;
  }

  /**
   * ContentLocks content, after its deletion if there is one: that takes no longer than storage
   * does.
   */
  synchronized void lockShared(Digest digest) throws InterruptedException {
    while (!tryLockShared(digest)) {
      wait();
    }
  }

  synchronized void unlockShared(Digest digest) {
    holders.computeIfPresent(digest, (same, held) -> held > 1 ? held - 1 : null);
  }

  /**
   * Begins to delete; {@link #unlockExclusive} ends it, however it went.
   *
   * @return false when somebody holds it
   */
  synchronized boolean tryLockExclusive(Digest digest) {
    return holders.putIfAbsent(digest, DELETING) == null;
  }

  /** Whether somebody holds it, or it is being deleted. */
  synchronized boolean isLocked(Digest digest) {
    return holders.containsKey(digest);
  }

  /** What is held, or being deleted. */
  synchronized Set<Digest> locked() {
    return Set.copyOf(holders.keySet());
  }

  synchronized void unlockExclusive(Digest digest) {
    holders.remove(digest, DELETING);
    notifyAll();
  }
}
