package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

  /**
   * What follows from the limits. Replaced as a whole; a sweep reads it once.
   *
   * @param pins the pinned content
   * @param lastUses stores the times of last use
   */
  private record Rules(Shares shares, Pins pins, LastUseWriter lastUses) {

    Limits limits() {
      return shares.limits();
    }
  }

  private volatile Consumer<Digest> uses = digest -> {};
  private volatile Rules rules;
  private final GarbageSweep garbage;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final ContentIndex index;
  private final Space space;
  private final Evictor evictor;
  private final RemovableTransfers unfinished;
  private final InstantSource clock;
  private final StorageFaults faults;
  private final Indexing indexing;
  private final Ownership ownership;

  private Instant nextListing = Instant.MIN;
  private Instant nextLinkCheck = Instant.MIN;
  private Shares divided; // by which the owners were looked for
  private boolean ownersKnown;
  private boolean ownersDue;
  private boolean pinsKnown; // guarded by this
  private volatile boolean indexed;
  private volatile boolean stopped;

  // What the sweep in progress did.
  private SweepResult result = new SweepResult(0);
  private List<Garbage> contents = List.of();
  private long danglingLinks;
  private UnfinishedTransfers transfers = UnfinishedTransfers.NONE;
  private final List<Failure> failures = new ArrayList<>();

  Sweeper(
      Shares shares,
      GarbageSweep garbage,
      ContentStore store,
      ContentInventory inventory,
      ContentIndex index,
      Space space,
      Evictor evictor,
      RemovableTransfers unfinished,
      InstantSource clock,
      StorageFaults faults) {
    this.garbage = garbage;
    this.store = store;
    this.inventory = inventory;
    this.index = index;
    this.space = space;
    this.evictor = evictor;
    this.unfinished = unfinished;
    this.clock = clock;
    this.faults = faults;
    rules = rules(shares);
    divided = shares;
    ownership = new Ownership(store, inventory, index);
    indexing = new Indexing(index, inventory, evictor::isInUse, clock);
  }

  /** Sets who gets the uses whose time is stored. */
  void onUses(Consumer<Digest> listener) {
    uses = listener;
  }

  private Rules rules(Shares shares) {
    return new Rules(
        shares,
        new Pins(store, shares.limits().pins()),
        new LastUseWriter(index, inventory, shares.shortestTtl(), digest -> uses.accept(digest)));
  }

  /**
   * Applies other limits from the next sweep on. Nothing is evicted before it is known what they
   * pin.
   */
  synchronized void reconfigure(Shares shares) {
    if (!shares.limits().pins().equals(rules.limits().pins())) {
      pinsKnown = false;
      evictor.forbid();
    }
    rules = rules(shares);
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
    run(MOST_LISTED);
    return new GarbageReport(
        before,
        usage.get(),
        result.evicted(),
        contents,
        danglingLinks,
        transfers,
        Stream.of(result.failures(), failures).flatMap(List::stream).toList());
  }

  @Override
  public void run() {
    run(0);
  }

  private void run(int listed) {
    result = new SweepResult(listed);
    contents = List.of();
    danglingLinks = 0;
    transfers = UnfinishedTransfers.NONE;
    failures.clear();
    // The same time for all steps, so that evicted content and its links are removed together.
    Instant now = clock.instant();
    Rules current = rules;
    step(
        "pins",
        "Could not read what is pinned; nothing is evicted until this succeeds",
        () -> pin(current));
    step(
        "content",
        "Could not list the stored content; it is tried again at the next sweep",
        () -> list(now));
    step(
        "owners",
        "Could not find which upstreams have the content; it is tried again at the next sweep",
        () -> findOwners(current.shares));
    step(
        "uses",
        "Could not store when content was used; it is tried again at the next sweep",
        () -> current.lastUses.write(this::isStopped));
    step(
        "content",
        "Could not evict content; it is tried again at the next sweep",
        () -> evict(now, current.shares));
    step(
        "repositories",
        "Could not find which repositories had the evicted content",
        this::listEvicted);
    step(
        "links",
        "Could not remove links without content; it is tried again at the next sweep",
        () -> removeDanglingLinks(now));
  }

  /**
   * @param subject what it is about, in one word
   */
  private void step(String subject, String attempt, Step step) {
    try {
      if (!stopped) {
        step.run();
      }
    } catch (IOException | RuntimeException e) {
      faults.report(StorageFault.SWEEP, attempt, e);
      failures.add(Failure.of(subject, e));
    }
  }

  private boolean isStopped() {
    return stopped;
  }

  private void pin(Rules current) throws IOException {
    index.pin(current.pins.resolve());
    synchronized (this) {
      if (rules.limits().pins().equals(current.limits().pins())) {
        pinsKnown = true;
        evictor.allow();
      }
    }
  }

  private synchronized boolean arePinsKnown() {
    return pinsKnown;
  }

  private void list(Instant now) throws IOException {
    if (!now.isBefore(nextListing) && indexing.run(this::isStopped)) {
      indexed = true;
      nextListing = now.plus(RARELY);
      ownersDue = true;
    }
  }

  private void findOwners(Shares shares) throws IOException {
    if (!shares.divideAs(divided)) {
      index.owners().forget();
      divided = shares;
      ownersKnown = false;
      ownersDue = true;
    }
    if (indexed && ownersDue && ownership.find(shares, this::isStopped)) {
      ownersKnown = true;
      ownersDue = false;
    }
  }

  private void evict(Instant now, Shares shares) {
    transfers = unfinished.removeOlderThan(now.minus(UNFINISHED));
    if (indexed && ownersKnown && arePinsKnown()) {
      garbage.evict(shares, now, result);
      if (!result.isEmpty()) {
        log.info("Evicted {}: {} bytes freed, {} bytes used", result, result.bytes(), space.used());
      }
    }
  }

  private void listEvicted() throws IOException {
    contents = garbage.listed(result);
  }

  private void removeDanglingLinks(Instant now) throws IOException {
    if (!indexed || now.isBefore(nextLinkCheck)) {
      return;
    }
    int removed = garbage.removeDangling(this::isStopped);
    if (stopped) {
      return;
    }
    nextLinkCheck = now.plus(RARELY);
    danglingLinks = removed;
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
      rules.lastUses.writeAll(() -> System.nanoTime() - deadline > 0);
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.SWEEP,
          "Could not store when content was used; the next start knows earlier times",
          e);
    }
  }
}
