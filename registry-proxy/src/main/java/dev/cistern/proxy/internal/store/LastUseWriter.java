package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Stores the times of last use, as modification times. It writes each at most once an interval,
 * however often the content is used, so a crash loses at most one interval. For one thread.
 */
final class LastUseWriter {

  private static final Duration LONGEST = Duration.ofHours(1);

  /** How many times are written at once; the others are written at the next sweep. */
  private static final int MOST = 10_000;

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final Consumer<Digest> listener;
  private final long interval;

  /**
   * @param ttl the shortest ttl of any content: the interval is a tenth of this, at most an hour;
   *     zero: content never expires
   * @param listener gets each use whose time is written, but for those at the end
   */
  LastUseWriter(
      ContentIndex index, ContentInventory inventory, Duration ttl, Consumer<Digest> listener) {
    this.listener = listener;
    this.index = index;
    this.inventory = inventory;
    Duration tenth = ttl.dividedBy(10);
    Duration longest = ttl.isZero() || tenth.compareTo(LONGEST) > 0 ? LONGEST : tenth;
    interval = Math.max(1, longest.toSeconds());
  }

  /** Writes the times that have not been written for an interval. */
  void write(BooleanSupplier stopped) throws IOException {
    write(interval, listener, stopped);
  }

  /**
   * Writes all times that have changed, because the process ends. The listener is not told: it
   * would ask a shared store once for each content, and the end of the process must not wait for
   * that.
   */
  void writeAll(BooleanSupplier stopped) throws IOException {
    write(1, digest -> {}, stopped);
  }

  private void write(long seconds, Consumer<Digest> told, BooleanSupplier stopped)
      throws IOException {
    for (int id : index.unwritten(seconds, MOST)) {
      Optional<ContentIndex.Entry> entry = index.entry(id);
      if (stopped.getAsBoolean()) {
        return;
      }
      if (entry.isPresent()) {
        long lastUse = entry.get().lastUse();
        inventory.touch(entry.get().digest(), Instant.ofEpochMilli(lastUse));
        index.useIsStored(entry.get().digest(), lastUse);
        told.accept(entry.get().digest());
      }
    }
  }
}
