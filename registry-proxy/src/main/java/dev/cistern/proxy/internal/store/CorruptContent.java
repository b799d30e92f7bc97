package dev.cistern.proxy.internal.store;

import com.google.common.util.concurrent.Striped;
import dev.cistern.api.Digest;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;

/**
 * Content with wrong bytes that is to be deleted or could not be: it is not served until it is
 * stored again. Content is never deleted as wrong while it is being stored. Thread-safe.
 */
final class CorruptContent {

  /** Limits the memory for a store that can neither read nor delete its content. */
  private static final int MOST = 10_000;

  private static final int LOCKS = 1 << 20;

  /** Stores content. */
  @FunctionalInterface
  interface Publication {
    void run() throws IOException;
  }

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final ConcurrentHashMap<Digest, Long> sizes = new ConcurrentHashMap<>();

  // Each is held for the time of a write. Those that are not in use take no memory.
  private final Striped<Lock> changing = Striped.lazyWeakLock(LOCKS);

  CorruptContent(ContentIndex index, ContentInventory inventory) {
    this.index = index;
    this.inventory = inventory;
  }

  /**
   * Deletes a blob whose bytes are wrong. It is deleted also while it is open: its readers have
   * wrong bytes anyway.
   *
   * @param size the size of the wrong blob; a blob stored since then with another size is kept
   */
  void discard(Digest digest, long size) throws IOException {
    boolean marked = sizes.size() < MOST;
    if (marked) {
      sizes.put(digest, size);
    }
    Lock change = changing.get(digest);
    change.lock();
    try {
      if (!marked || has(digest, size)) {
        delete(digest, size);
        remove(digest);
      }
    } finally {
      change.unlock();
    }
  }

  private void delete(Digest digest, long size) throws IOException {
    Optional<BlobStat> stored = inventory.blob(digest);
    if (stored.isPresent() && stored.get().size() == size) {
      index.remove(digest);
      inventory.delete(digest);
    }
  }

  /** Stores content, instead of that with wrong bytes if there is some. */
  void replace(Digest digest, Publication publication) throws IOException {
    Lock change = changing.get(digest);
    change.lock();
    try {
      Long wrong = sizes.get(digest);
      if (wrong != null) {
        // Else the store would find that it has the content, and keep it.
        delete(digest, wrong);
      }
      publication.run();
      remove(digest);
    } finally {
      change.unlock();
    }
  }

  /** The content is deleted. */
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
