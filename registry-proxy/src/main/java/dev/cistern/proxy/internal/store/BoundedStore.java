package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A content store that stays within {@link Limits}: it notes what is used, counts what is kept, and
 * lets go what is not worth keeping. Whoever serves or stores content does it through here.
 *
 * <p>What is kept is counted in the background after {@link #start}, and everything works
 * meanwhile. Until then less is known to be kept than is, so the limits may be exceeded for that
 * time. Content that somebody reads is never cut: it is not deleted where that would harm.
 *
 * <p>Thread-safe. Reading waits for nothing but storage.
 */
public final class BoundedStore implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(BoundedStore.class);

  /** Counting takes all that a disk has to give, which the first requests should have. */
  private static final Duration START = Duration.ofSeconds(1);

  /** A store that neither gives right bytes nor lets go of wrong ones is past this remedy. */
  private static final int MAX_CORRUPT = 10_000;

  private final Limits limits;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final InstantSource clock;
  private final ContentLocks locks = new ContentLocks();
  private final ContentIndex index = new ContentIndex();

  /** The sizes of what is wrong and could not be deleted. */
  private final ConcurrentHashMap<Digest, Long> corrupt = new ConcurrentHashMap<>();

  private final Space space;
  private final Evictor evictor;
  private final Sweeper sweeper;
  private final ScheduledExecutorService sweeping;

  /**
   * Bounds what lies in a driver. Nothing runs before {@link #start}.
   *
   * @param driver stays the caller's, and is closed after this
   * @param unfinished that are removed first when room is needed
   * @param listener is told of evictions
   * @param threads makes the one thread that sweeps
   */
  public BoundedStore(
      StorageDriver driver,
      Limits limits,
      RemovableTransfers unfinished,
      InstantSource clock,
      StorageFaults faults,
      CacheListener listener,
      ThreadFactory threads) {
    sweeping = Executors.newSingleThreadScheduledExecutor(threads);
    this.limits = limits;
    this.clock = clock;
    store = new ContentStore(driver);
    inventory = new ContentInventory(driver);
    evictor = new Evictor(index, inventory, locks, faults, listener);
    space = new Space(limits, index, unfinished, inventory, evictor);
    sweeper =
        new Sweeper(limits, store, inventory, index, space, evictor, unfinished, clock, faults);
  }

  /** Begins in a moment to count what is there, and to sweep. */
  public void start() {
    ScheduledFuture<?> unused =
        sweeping.scheduleWithFixedDelay(
            sweeper,
            Math.min(START.toNanos(), limits.sweep().toNanos()),
            limits.sweep().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  /**
   * Tells of content that this deletes, before it does. Set once, before {@link #start}.
   *
   * @param listener called on a thread that deletes; must return promptly
   */
  public void beforeEviction(Consumer<Digest> listener) {
    evictor.beforeEviction(listener);
  }

  /** As {@link ContentStore#blob}, for somebody who uses it. */
  public Optional<StoredBlob> blob(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob =
        inventory.outlivesDeletion() ? look(repository, digest) : heldBlob(repository, digest);
    blob.ifPresent(used -> index.used(digest, used.size(), clock.millis()));
    return blob;
  }

  private Optional<StoredBlob> heldBlob(RepositoryName repository, Digest digest)
      throws IOException {
    if (!locks.tryLockShared(digest)) {
      return Optional.empty();
    }
    Optional<StoredBlob> blob = Optional.empty();
    try {
      blob = look(repository, digest).map(open -> new LockedBlob(open, locks));
      return blob;
    } finally {
      if (blob.isEmpty()) {
        locks.unlockShared(digest);
      }
    }
  }

  /** As {@link ContentStore#manifest}, for somebody who uses it. */
  public Optional<StoredManifest> manifest(RepositoryName repository, Digest digest)
      throws IOException {
    Optional<StoredManifest> manifest = store.manifest(repository, digest);
    manifest.ifPresent(used -> index.used(digest, used.size(), clock.millis()));
    return manifest;
  }

  /** As {@link #blob}, for somebody who only looks, and closes it at once. */
  public Optional<StoredBlob> look(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob = store.blob(repository, digest);
    if (blob.isPresent() && isCorrupt(digest, blob.get().size())) {
      blob.get().close();
      return Optional.empty();
    }
    return blob;
  }

  /**
   * Content that was read from here is used from memory. Looks into no storage.
   *
   * @return false when it is not kept here any more
   */
  public boolean usedFromMemory(Digest digest) {
    return index.usedFromMemory(digest, clock.millis());
  }

  /** Whether {@link #blob} would find something. Nobody uses it by that. */
  public boolean serves(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob = look(repository, digest);
    if (blob.isPresent()) {
      blob.get().close();
    }
    return blob.isPresent();
  }

  /** As {@link ContentStore#holds}. */
  public boolean holds(Digest digest) throws IOException {
    return store.holds(digest) && !corrupt.containsKey(digest);
  }

  private boolean isCorrupt(Digest digest, long size) {
    Long wrong = corrupt.isEmpty() ? null : corrupt.get(digest);
    return wrong != null && wrong == size;
  }

  /** Whether a blob had another size when it was stored, listed or used before. */
  public boolean knowsOtherSize(Digest digest, long size) {
    return index.differs(digest, size);
  }

  /** A blob has this size, whatever was remembered. */
  public void confirmSize(Digest digest, long size) {
    index.put(digest, size, clock.millis());
  }

  /**
   * Deletes a blob whose bytes are wrong. It is not served from now on, also when it cannot be
   * deleted, until it is stored anew. Whoever reads it is no worse off for that.
   *
   * @param size of what is wrong: what is stored by now with another one stays
   */
  public void discard(Digest digest, long size) throws IOException {
    if (corrupt.size() < MAX_CORRUPT) {
      corrupt.put(digest, size);
    }
    boolean alone = locks.tryLockExclusive(digest);
    try {
      Optional<BlobStat> stored = inventory.blob(digest);
      if (stored.isPresent() && stored.get().size() == size) {
        index.remove(digest);
        inventory.delete(digest);
      }
      corrupt.remove(digest);
    } finally {
      if (alone) {
        locks.unlockExclusive(digest);
      }
    }
  }

  /**
   * As {@link ContentStore#publishBlob}.
   *
   * @param room that was taken for the file, and is given back
   */
  public void publishBlob(RepositoryName repository, Digest digest, Path verifiedFile, Room room)
      throws IOException {
    long size = Files.size(verifiedFile);
    hold(digest);
    try {
      store.publishBlob(repository, digest, verifiedFile);
      corrupt.remove(digest);
      room.settle(() -> index.put(digest, size, clock.millis()));
    } finally {
      locks.unlockShared(digest);
    }
  }

  /**
   * As {@link ContentStore#publishManifest}.
   *
   * @throws NoRoomException when it does not fit
   */
  public void publishManifest(RepositoryName repository, StoredManifest manifest)
      throws IOException {
    Digest digest = manifest.digest();
    try (Room room = room()) {
      room.reserve(manifest.size());
      hold(digest);
      try {
        store.publishManifest(repository, manifest);
        room.settle(() -> index.put(digest, manifest.size(), clock.millis()));
      } finally {
        locks.unlockShared(digest);
      }
    }
  }

  private void hold(Digest digest) throws IOException {
    try {
      locks.lockShared(digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Room for a transfer that begins; the caller closes it. */
  public Room room() {
    return new Room(space);
  }

  /** What is used now. */
  public DiskUsage usage() {
    return new DiskUsage(index.count(), index.bytes(), space.used(), sweeper.isIndexed());
  }

  /** Ends the sweep, and writes down what was used. What is open stays open. */
  @Override
  public void close() {
    sweeper.stop();
    sweeping.shutdown();
    try {
      if (sweeping.awaitTermination(30, TimeUnit.SECONDS)) {
        sweeper.flush();
      } else {
        log.warn("Storage is too slow: a sweep is still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
