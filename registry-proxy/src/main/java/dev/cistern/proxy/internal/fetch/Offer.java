package dev.cistern.proxy.internal.fetch;

import java.util.OptionalLong;

/**
 * What the readers of a fetch were promised: a size, which never changes, and how far they may
 * read. When the size turns out wrong, the fetch makes a new offer, and the readers of this one
 * fail.
 *
 * @param announced the size in bytes; empty when the upstream did not say
 */
record Offer(OptionalLong announced, FetchProgress progress) {

  static Offer first() {
    return new Offer(OptionalLong.empty(), new FetchProgress());
  }

  /** The size that was announced, or else the real one once all bytes are here. */
  OptionalLong size() {
    return announced.isEmpty() && progress.isComplete()
        ? OptionalLong.of(progress.visible())
        : announced;
  }

  /** Whether a reader of this may read a blob of that size to its end. */
  boolean allows(long size) {
    return announced.isEmpty() || announced.getAsLong() == size;
  }
}
