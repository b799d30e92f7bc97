package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The regular work on the store: find what is pinned, list the content, store the times of last
 * use, evict, and remove links without content. A step that fails does not stop the others, and
 * runs again at the next sweep. For one thread, except {@link #stop}.
 */
final class Sweeper implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

  /** How often to list the store, and to remove links without content. */
  private static final Duration RARELY = Duration.ofHours(1);

  /** How long to keep an unfinished transfer. */
  private static final Duration UNFINISHED = Duration.ofDays(1);

  /** How much of the evicted content a report names at most. */
  private static final int MOST_LISTED = 1_000;

  private static final Duration FLUSH = Duration.ofSeconds(5);

  /** A part of the sweep. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private volatile Consumer<Digest> uses = digest -> {};
  private volatile Shares shares;
  private final GarbageSweep garbage;
  private final ContentInventory inventory;
  private final ContentIndex index;
  private final Space space;
  private final PinnedContent pinned;
  private final Ownership ownership;
  private final Indexing indexing;
  private final RemovableTransfers unfinished;
  private final InstantSource clock;
  private final StorageFaults faults;

  private Instant nextListing = Instant.MIN;
  private Instant nextLinkCheck = Instant.MIN;
  private volatile boolean indexed;
  private volatile boolean stopped;

  Sweeper(
      Shares shares,
      GarbageSweep garbage,
      ContentInventory inventory,
      ContentIndex index,
      Space space,
      PinnedContent pinned,
      Ownership ownership,
      Indexing indexing,
      RemovableTransfers unfinished,
      InstantSource clock,
      StorageFaults faults) {
    this.shares = shares;
    this.garbage = garbage;
    this.inventory = inventory;
    this.index = index;
    this.space = space;
    this.pinned = pinned;
    this.ownership = ownership;
    this.indexing = indexing;
    this.unfinished = unfinished;
    this.clock = clock;
    this.faults = faults;
  }

  /** Sets who gets the uses whose time is stored. */
  void onUses(Consumer<Digest> listener) {
    uses = listener;
  }

  /**
   * Applies other limits from the next sweep on. Nothing is evicted before it is known what they
   * pin.
   */
  void reconfigure(Shares changed) {
    pinned.reconfigure(changed.limits().pins());
    shares = changed;
  }

  /** Whether all content that existed at the start is counted. */
  boolean isIndexed() {
    return indexed;
  }

  /** As {@link #run}, with the steps that are due only once an hour, and with a report. */
  GarbageReport runAll(Supplier<DiskUsage> usage) {
    nextListing = Instant.MIN;
    nextLinkCheck = Instant.MIN;
    DiskUsage before = usage.get();
    SweepResult result = new SweepResult(MOST_LISTED);
    run(result);
    return result.report(before, usage.get());
  }

  @Override
  public void run() {
    run(new SweepResult(0));
  }

  private void run(SweepResult result) {
    // The same time for all steps, so that evicted content and its links are removed together.
    Instant now = clock.instant();
    Shares current = shares;
    step(
        "pins",
        "Could not read what is pinned; nothing is evicted until this succeeds",
        result,
        pinned::find);
    step(
        "content",
        "Could not list the stored content; it is tried again at the next sweep",
        result,
        () -> list(now));
    step(
        "owners",
        "Could not find which upstreams have the content; it is tried again at the next sweep",
        result,
        () -> findOwners(current));
    step(
        "uses",
        "Could not store when content was used; it is tried again at the next sweep",
        result,
        () -> lastUses(current).write(this::isStopped));
    step(
        "content",
        "Could not evict content; it is tried again at the next sweep",
        result,
        () -> evict(now, current, result));
    step(
        "repositories",
        "Could not find which repositories had the evicted content",
        result,
        () -> result.found(garbage.listed(result)));
    step(
        "links",
        "Could not remove links without content; it is tried again at the next sweep",
        result,
        () -> removeDanglingLinks(now, result));
  }

  /**
   * @param subject what it is about, in one word
   */
  private void step(String subject, String attempt, SweepResult result, Step step) {
    try {
      if (!stopped) {
        step.run();
      }
    } catch (IOException | RuntimeException e) {
      faults.report(StorageFault.SWEEP, attempt, e);
      result.failed(subject, e);
    }
  }

  private boolean isStopped() {
    return stopped;
  }

  private void list(Instant now) throws IOException {
    if (!now.isBefore(nextListing) && indexing.run(this::isStopped)) {
      indexed = true;
      nextListing = now.plus(RARELY);
      ownership.listed();
    }
  }

  private void findOwners(Shares current) throws IOException {
    ownership.reconfigure(current);
    if (indexed) {
      ownership.find(this::isStopped);
    }
  }

  private LastUseWriter lastUses(Shares current) {
    return new LastUseWriter(index, inventory, current.shortestTtl(), uses);
  }

  private void evict(Instant now, Shares current, SweepResult result) {
    result.removed(unfinished.removeOlderThan(now.minus(UNFINISHED)));
    if (indexed && ownership.isKnown() && pinned.isKnown()) {
      garbage.evict(current, now, result);
      if (!result.isEmpty()) {
        log.info("Evicted {}: {} bytes freed, {} bytes used", result, result.bytes(), space.used());
      }
    }
  }

  private void removeDanglingLinks(Instant now, SweepResult result) throws IOException {
    if (!indexed || now.isBefore(nextLinkCheck)) {
      return;
    }
    int removed = garbage.removeDangling(this::isStopped);
    if (stopped) {
      return;
    }
    nextLinkCheck = now.plus(RARELY);
    result.removedDangling(removed);
    if (removed > 0) {
      log.info("Removed {} links and tags without content", removed);
    }
  }

  /** Ends a sweep in progress early, and makes later ones do nothing. */
  void stop() {
    stopped = true;
  }

  /** Stores the times of last use, so that they are known after the next start. */
  void flush() {
    long deadline = System.nanoTime() + FLUSH.toNanos();
    try {
      lastUses(shares).writeAll(() -> System.nanoTime() - deadline > 0);
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.SWEEP,
          "Could not store when content was used; the next start knows earlier times",
          e);
    }
  }
}
