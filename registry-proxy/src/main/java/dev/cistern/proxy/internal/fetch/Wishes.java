package dev.cistern.proxy.internal.fetch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongPredicate;

/** Where readers wait, in the order in which they came. For one thread at a time. */
final class Wishes {

  private static final int MOST = 256;

  /** A reader waits for bytes at this position. */
  record Wish(long position, long end) {}

  private final Deque<Wish> wishes = new ArrayDeque<>();

  /**
   * Adds a wish, unless another one is near, or there are too many.
   *
   * @return false when there are too many
   */
  boolean add(Wish wish) {
    for (Wish other : wishes) {
      if (wish.position >= other.position && wish.position < other.position + Pieces.NEAR) {
        return true;
      }
    }
    return wishes.size() < MOST && wishes.add(wish);
  }

  /** Forgets those for bytes that come without them. */
  void removeIf(LongPredicate granted) {
    wishes.removeIf(wish -> granted.test(wish.position));
  }

  int count() {
    return wishes.size();
  }

  /** Takes the first one. */
  Optional<Wish> take() {
    return Optional.ofNullable(wishes.poll());
  }

  void clear() {
    wishes.clear();
  }
}
