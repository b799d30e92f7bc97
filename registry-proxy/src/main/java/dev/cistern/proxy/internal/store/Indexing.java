package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates the index from a listing of the store: at the start, when the index is empty, and
 * regularly, because other caches may use the same store. For one thread.
 */
final class Indexing {

  private static final Logger log = LoggerFactory.getLogger(Indexing.class);
  private static final Duration REPORTED = Duration.ofSeconds(5);

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final Predicate<Digest> inUse;
  private final InstantSource clock;

  /**
   * @param inUse whether content is open or being published
   */
  Indexing(
      ContentIndex index,
      ContentInventory inventory,
      Predicate<Digest> inUse,
      InstantSource clock) {
    this.index = index;
    this.inventory = inventory;
    this.inUse = inUse;
    this.clock = clock;
  }

  /**
   * Lists the store.
   *
   * @param stopped ends the listing early
   * @return whether the listing is complete
   */
  boolean run(BooleanSupplier stopped) throws IOException {
    Instant begin = clock.instant();
    Instant reported = begin;
    long listed = 0;
    boolean complete = false;
    index.beginRound();
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      for (Iterator<BlobStat> i = blobs.iterator(); !stopped.getAsBoolean() && i.hasNext(); ) {
        BlobStat blob = i.next();
        listed++;
        if (isBeingPublished(blob)) {
          continue;
        }
        // A time in the future, by another machine's clock, would keep the content for too long.
        long lastUse = Math.min(blob.modified().toEpochMilli(), clock.millis());
        index.found(blob.digest(), blob.size(), lastUse);
        if (!clock.instant().isBefore(reported.plus(REPORTED))) {
          reported = clock.instant();
          log.info("Indexed {} contents so far", listed);
        }
      }
      complete = !stopped.getAsBoolean();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      if (!complete) {
        index.abandonRound();
      }
    }
    if (complete) {
      int gone = index.endRound();
      log.info(
          "Indexed {} contents of {} bytes in {} ms{}",
          index.totals().count(),
          index.totals().bytes(),
          Duration.between(begin, clock.instant()).toMillis(),
          gone == 0 ? "" : "; " + gone + " were deleted by another process");
    }
    return complete;
  }

  /** Such a blob is counted by its {@link Room} until it is indexed, and must not count twice. */
  private boolean isBeingPublished(BlobStat blob) {
    return inUse.test(blob.digest()) && !index.contains(blob.digest());
  }
}
