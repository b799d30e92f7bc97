package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.util.OptionalLong;

/**
 * What the readers of a fetch were promised: a size, which never changes, and what they may read.
 * When the size turns out wrong, the fetch makes a new offer, and the readers of this one fail.
 *
 * @param announced the size in bytes; empty when the upstream did not say
 * @param progress what readers of the whole blob may read; its end follows the rule of {@link
 *     WithheldEnd}
 * @param parts what readers of a part may read: all that has been received of a blob whose size was
 *     announced
 */
record Offer(OptionalLong announced, FetchProgress progress, FetchProgress parts) {

  static Offer first() {
    return new Offer(OptionalLong.empty(), new FetchProgress(), new FetchProgress());
  }

  /** Bytes are in the file, before the whole blob is verified. */
  void received(long from, long to) {
    long visible = WithheldEnd.visible(to, announced);
    if (visible > from) {
      progress.add(from, visible);
    }
    if (announced.isPresent()) {
      parts.add(from, to);
    }
  }

  /** All bytes are received and verified. */
  void complete(long size) {
    progress.complete(size);
    parts.complete(size);
  }

  /** Readers get no byte from now on. */
  void fail(IOException cause) {
    progress.fail(cause);
    parts.fail(cause);
  }

  /** Readers get what has been received, then the failure. */
  void failAfterVisible(IOException cause) {
    progress.failAfterVisible(cause);
    parts.failAfterVisible(cause);
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
