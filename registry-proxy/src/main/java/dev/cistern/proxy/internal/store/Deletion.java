package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes content that is not in use, from the index first, so that no read begins that would fail.
 * Content that could not be deleted is indexed again. Thread-safe.
 */
final class Deletion {

  private static final Logger log = LoggerFactory.getLogger(Deletion.class);

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final ContentLocks locks;
  private final CacheListener listener;

  private volatile Consumer<Digest> before = digest -> {};

  /**
   * @param listener gets what was deleted
   */
  Deletion(
      ContentIndex index, ContentInventory inventory, ContentLocks locks, CacheListener listener) {
    this.index = index;
    this.inventory = inventory;
    this.locks = locks;
    this.listener = listener;
  }

  /** Sets the listener that gets each digest before its content is deleted. */
  void before(Consumer<Digest> listener) {
    before = listener;
  }

  /**
   * Deletes chosen content, unless it has been used since or is pinned now.
   *
   * @return whether it was deleted
   */
  boolean evict(Eviction eviction) throws IOException {
    Optional<ContentIndex.Entry> found =
        index
            .entry(eviction.id())
            .filter(entry -> entry.lastUse() == eviction.lastUse())
            .filter(entry -> !index.isPinned(entry.digest()));
    if (found.isEmpty() || !locks.tryLockExclusive(found.get().digest())) {
      return false;
    }
    delete(found.get().digest(), found.get().size(), eviction.reason());
    return true;
  }

  /**
   * Deletes content that an operator wants to be gone, also if it is pinned or was just used.
   *
   * @return false if it is being published, or is open and would not stay readable
   */
  boolean purge(Digest digest, long size) throws IOException {
    if (!locks.tryLockExclusive(digest)) {
      return false;
    }
    delete(digest, size, EvictionReason.PURGED);
    return true;
  }

  /** Deletes what is locked, and unlocks it. */
  private void delete(Digest digest, long size, EvictionReason reason) throws IOException {
    Optional<ContentIndex.Entry> entry = index.entry(digest);
    int owner = index.owners().of(digest);
    boolean deleted = false;
    try {
      index.remove(digest);
      before.accept(digest);
      inventory.delete(digest);
      deleted = true;
      listener.evicted(digest, size, reason);
      log.debug("Evicted {} of {} bytes: {}", digest, size, reason);
    } finally {
      if (!deleted && entry.isPresent()) {
        index.restore(digest, entry.get().size(), entry.get().lastUse(), owner);
      }
      locks.unlockExclusive(digest);
    }
  }
}
