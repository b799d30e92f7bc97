package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores in the shared store what could not be stored there when it was fetched, once the store
 * works again. An {@link UploadMark} in the local directory says up to when all is stored, so that
 * a restart forgets nothing.
 *
 * <p>What was stored or used here later is looked for in the shared store, one after the other and
 * slowly, and copied if it is not there. Content that is used here has to be there anyway, so
 * nothing that the shared store has evicted comes back without a use. For one thread, except {@link
 * #stop}.
 */
final class LateUploads implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(LateUploads.class);

  /** How often the file is written while nothing is missing. */
  private static final Duration RENEWED = Duration.ofMinutes(10);

  /** Files may be a bit older than their publication. */
  private static final Duration MARGIN = Duration.ofMinutes(5);

  /** The pause before each look. */
  private static final Duration STEP = Duration.ofMillis(50);

  /** The same while other content is being stored. */
  private static final Duration BUSY = Duration.ofSeconds(1);

  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /** After so many failures, one after the other, the store takes nothing. */
  private static final int MOST_FAILURES = 3;

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private final UploadMark file;
  private final ContentStore here;
  private final LinkInventory links;
  private final BoundedStore local;
  private final SharedUploads uploads;
  private final SharedLooks looks;
  private final SharedChanges changes;
  private final StoreGate gate;
  private final InstantSource clock;
  private final Pause pauses;
  private final StorageFaults faults;

  private volatile boolean stopped;
  private @Nullable Instant mark;
  private long handled;
  private Instant next = Instant.MIN;
  private Duration pause = FIRST_PAUSE;

  // Of a walk, which may go on in a later run.
  private @Nullable Instant begun;
  private long handledAtBegin;
  private String last = "";
  private int failures;

  /**
   * @param driver the local directory
   * @param local the content in it
   * @param pauses waits between two looks
   */
  LateUploads(
      StorageDriver driver,
      BoundedStore local,
      SharedUploads uploads,
      SharedLooks looks,
      SharedChanges changes,
      StoreGate gate,
      InstantSource clock,
      Pause pauses,
      StorageFaults faults) {
    file = new UploadMark(driver);
    here = new ContentStore(driver, MetadataMemory.OF_HEAP.waiting());
    links = new LinkInventory(driver);
    this.local = local;
    this.uploads = uploads;
    this.looks = looks;
    this.changes = changes;
    this.gate = gate;
    this.clock = clock;
    this.pauses = pauses;
    this.faults = faults;
  }

  /** Ends a walk in progress soon. */
  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    try {
      if (!stopped) {
        turn();
      }
    } catch (IOException | RuntimeException e) {
      if (!stopped) {
        faults.report(
            StorageFault.READ,
            "Could not look for what the shared store lacks; it is tried later",
            e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() throws IOException, InterruptedException {
    Instant now = clock.instant();
    Instant since = mark;
    if (since == null) {
      Optional<Instant> stored = file.read();
      since = stored.orElse(now);
      mark = since;
      // The last process may have ended before all was stored.
      handled = stored.isPresent() ? -1 : 0;
      if (stored.isEmpty()) {
        store(now);
      }
    }
    if (handled == uploads.missed()) {
      boolean isStored = changes.pending() == 0 && handled == uploads.missed();
      if (isStored && !now.isBefore(since.plus(RENEWED))) {
        store(now);
      }
    } else if (!gate.isShut() && !now.isBefore(next) && local.usage().indexed()) {
      walk(since.minus(MARGIN), now);
    }
  }

  /** Goes on with a walk, or begins one. */
  private void walk(Instant since, Instant now) throws IOException, InterruptedException {
    if (begun == null) {
      begun = now;
      handledAtBegin = uploads.missed();
      failures = 0;
      last = "";
    }
    Instant begin = begun;
    if (!walkOn(since)) {
      return;
    }
    begun = null;
    if (failures > 0) {
      next = now.plus(pause);
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
      return;
    }
    if (handled >= 0) {
      log.info("The shared store has now what could not be stored there before");
    }
    pause = FIRST_PAUSE;
    handled = handledAtBegin;
    store(begin);
  }

  /**
   * @return whether it is at its end: all was looked at, or the store takes nothing
   */
  private boolean walkOn(Instant since) throws IOException, InterruptedException {
    int failing = 0;
    for (RepositoryName repository : here.repositories()) {
      if (repository.value().compareTo(last) <= 0) {
        continue;
      }
      int inARow = 0;
      for (StoredLink link : links(repository, since)) {
        pauses.of(changes.pending() > 0 ? BUSY : STEP);
        if (stopped || gate.isShut()) {
          return false;
        }
        if (isBrought(link, since)) {
          inARow = 0;
        } else if (gate.isShut()) {
          return false;
        } else {
          failures++;
          inARow++;
          // The rest of this one is for the next walk, and others do not wait for it.
          if (inARow == MOST_FAILURES) {
            break;
          }
        }
      }
      failing = inARow == MOST_FAILURES ? failing + 1 : 0;
      if (failing == MOST_FAILURES) {
        return true;
      }
      last = repository.value();
    }
    return true;
  }

  /** The content before the tags, which name it. */
  private List<StoredLink> links(RepositoryName repository, Instant since) {
    try (Stream<StoredLink> all = links.links(repository)) {
      return all.filter(link -> link.tag().isPresent() || (link.allows() && isUsed(link, since)))
          .sorted((one, other) -> Boolean.compare(one.tag().isPresent(), other.tag().isPresent()))
          .toList();
    }
  }

  private boolean isUsed(StoredLink link, Instant since) {
    return link.digest()
        .flatMap(local::use)
        .filter(use -> !use.lastUse().isBefore(since))
        .isPresent();
  }

  private boolean isBrought(StoredLink link, Instant since) {
    RepositoryName repository = link.repository();
    try {
      if (link.tag().isPresent()) {
        bringTag(repository, link.tag().get(), since);
        return true;
      }
      Digest digest = link.digest().orElseThrow();
      if (link.kind() == StoredLink.Kind.BLOB) {
        await(uploads.ensureBlob(repository, digest));
      } else {
        Optional<StoredManifest> manifest = here.manifest(repository, digest);
        if (manifest.isPresent()) {
          await(uploads.ensureManifest(repository, manifest.get()));
        }
      }
      return true;
    } catch (CompletionException e) {
      // The failure was reported. What is not here any more cannot be brought.
      return link.digest().isPresent() && local.use(link.digest().get()).isEmpty();
    } catch (IOException e) {
      faults.report(
          StorageFault.READ,
          "Could not read " + link.repository() + " to store it in the shared store; tried later",
          e);
      return false;
    }
  }

  /**
   * Another cache may have stored a newer tag meanwhile. The stored tag will seem to have been
   * confirmed just now, which only the age of a stale answer is computed from.
   */
  private void bringTag(RepositoryName repository, Tag tag, Instant since) throws IOException {
    Optional<Instant> time = here.tagTime(repository, tag);
    Optional<Digest> digest = here.tag(repository, tag);
    if (digest.isEmpty() || time.isEmpty() || time.get().isBefore(since)) {
      return;
    }
    Optional<SharedStore.StoredTag> there = await(looks.tag(repository, tag));
    boolean isNewer =
        there.isEmpty()
            || (!there.get().digest().equals(digest.get())
                && there.get().time().filter(other -> other.isAfter(time.get())).isEmpty());
    if (isNewer) {
      await(uploads.uploadTag(repository, tag, digest.get()));
    }
  }

  private static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private void store(Instant time) throws IOException {
    file.write(time);
    mark = time;
  }
}
