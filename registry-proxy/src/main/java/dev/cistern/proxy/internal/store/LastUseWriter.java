package dev.cistern.proxy.internal.store;

import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Keeps in storage, as modification times, when content was used last: lazily, so that a content
 * costs one write an interval at most however often it is used, and one whose use is not written
 * yet loses no more than that by a crash. For one thread.
 */
final class LastUseWriter {

  private static final Duration LONGEST = Duration.ofHours(1);

  /** At a time; the rest has its turn at the next sweep. */
  private static final int MOST = 10_000;

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final long interval;

  /**
   * @param ttl of which a tenth may be lost; zero: content is kept for ever
   */
  LastUseWriter(ContentIndex index, ContentInventory inventory, Duration ttl) {
    this.index = index;
    this.inventory = inventory;
    Duration tenth = ttl.dividedBy(10);
    Duration longest = ttl.isZero() || tenth.compareTo(LONGEST) > 0 ? LONGEST : tenth;
    interval = Math.max(1, longest.toSeconds());
  }

  /** Writes down what has not been written for an interval. */
  void write(BooleanSupplier stopped) throws IOException {
    write(interval, stopped);
  }

  /** Writes down everything, for the process ends. */
  void writeAll(BooleanSupplier stopped) throws IOException {
    write(1, stopped);
  }

  private void write(long seconds, BooleanSupplier stopped) throws IOException {
    for (int id : index.unwritten(seconds, MOST)) {
      Optional<ContentIndex.Entry> entry = index.entry(id);
      if (stopped.getAsBoolean()) {
        return;
      }
      if (entry.isPresent()) {
        long lastUse = entry.get().lastUse();
        inventory.touch(entry.get().digest(), Instant.ofEpochMilli(lastUse));
        index.written(entry.get().digest(), lastUse);
      }
    }
  }
}
