package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Content with wrong bytes that is to be deleted or could not be: it is not served until it is
 * stored again. Thread-safe.
 */
final class CorruptContent {

  /** Limits the memory for a store that can neither read nor delete its content. */
  private static final int MOST = 10_000;

  private final ConcurrentHashMap<Digest, Long> sizes = new ConcurrentHashMap<>();

  /** The content with this size is wrong. */
  void add(Digest digest, long size) {
    if (sizes.size() < MOST) {
      sizes.put(digest, size);
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
