package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Content with wrong bytes that is to be deleted or could not be: it is not served until it is
 * stored again. Thread-safe.
 */
final class CorruptContent {

  /** Limits the memory for a store that can neither read nor delete its content. */
  private static final int MOST = 10_000;

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final ContentLocks locks;
  private final ConcurrentHashMap<Digest, Long> sizes = new ConcurrentHashMap<>();

  CorruptContent(ContentIndex index, ContentInventory inventory, ContentLocks locks) {
    this.index = index;
    this.inventory = inventory;
    this.locks = locks;
  }

  /**
   * Deletes a blob whose bytes are wrong. It is deleted also while it is open: its readers have
   * wrong bytes anyway.
   *
   * @param size the size of the wrong blob; a blob stored since then with another size is kept
   */
  void discard(Digest digest, long size) throws IOException {
    if (sizes.size() < MOST) {
      sizes.put(digest, size);
    }
    boolean alone = locks.tryLockExclusive(digest);
    try {
      Optional<BlobStat> stored = inventory.blob(digest);
      if (stored.isPresent() && stored.get().size() == size) {
        index.remove(digest);
        inventory.delete(digest);
      }
      remove(digest);
    } finally {
      if (alone) {
        locks.unlockExclusive(digest);
      }
    }
  }

  /** The content is deleted, or stored again. */
  void remove(Digest digest) {
    sizes.remove(digest);
  }

  boolean has(Digest digest) {
    return sizes.containsKey(digest);
  }

  /** Whether the content with this size is wrong. */
  boolean has(Digest digest, long size) {
    Long wrong = sizes.isEmpty() ? null : sizes.get(digest);
    return wrong != null && wrong == size;
  }
}
