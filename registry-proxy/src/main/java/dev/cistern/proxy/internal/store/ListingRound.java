package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What happens to content while the store is listed, which takes time: the listing may show content
 * that was removed in the meantime, and miss content that was added.
 *
 * <p>So each listing is a round. Content that is listed, used or put during the round gets the
 * round's mark; entries without it at the end are removed. Content that is removed during the round
 * is remembered until its end, so that the listing does not add it again. Thread-safe; one round at
 * a time.
 */
final class ListingRound {

  private volatile boolean mark;
  private volatile @Nullable Set<Digest> removed;

  void begin() {
    removed = ConcurrentHashMap.newKeySet();
    mark = !mark;
  }

  void end() {
    removed = null;
  }

  /** With the mark of the round in progress, or of the last one. */
  long marked(long bits) {
    return EntryBits.withRound(bits, mark);
  }

  /** Whether an entry has the mark. */
  boolean isMarked(long bits) {
    return EntryBits.round(bits) == mark;
  }

  /** Content is about to be removed. */
  void remove(Digest digest) {
    Set<Digest> known = removed;
    if (known != null) {
      known.add(digest);
    }
  }

  /** Content is stored, also if it was removed before. */
  void put(Digest digest) {
    Set<Digest> known = removed;
    if (known != null) {
      known.remove(digest);
    }
  }

  /** Whether content was removed in the round in progress, so that a listing may be wrong. */
  boolean isRemoved(Digest digest) {
    Set<Digest> known = removed;
    return known != null && known.contains(digest);
  }
}
