package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A content store that stays within {@link Limits}: it records uses, counts what is cached, and
 * evicts content. All content is served and stored through this class.
 *
 * <p>After {@link #start} the cached content is counted in the background, while the store works
 * normally. Until the count is complete the limits may be exceeded. Eviction never ends a read in
 * progress: content is not deleted while it is open, unless storage keeps deleted content readable.
 *
 * <p>Thread-safe. A read waits only for storage.
 */
public final class BoundedStore implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(BoundedStore.class);

  /** How long to wait for a sweep in progress when this is closed. */
  private static final Duration LAST_SWEEP = Duration.ofSeconds(30);

  private final ContentStore store;
  private final ContentInventory inventory;
  private final InstantSource clock;
  private final ContentLocks locks = new ContentLocks();
  private final ContentIndex index = new ContentIndex();

  private volatile StoreListener listening = StoreListener.NONE;

  private final CorruptContent corrupt;
  private final Space space;
  private final IndexRecords records;
  private final Publishing publishing;
  private final Deletion deletion;
  private final Sweeper sweeper;
  private final SweepSchedule schedule;

  /**
   * Limits the content of a driver. Nothing runs before {@link #start}.
   *
   * @param driver stays the caller's, and is closed after this
   * @param unfinished unfinished transfers, which are removed first when room is needed
   * @param listener gets the evictions
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
    this.clock = clock;
    store = new ContentStore(driver, MetadataMemory.OF_HEAP);
    inventory = new ContentInventory(driver);
    deletion = new Deletion(index, inventory, locks, listener);
    Evictor evictor = new Evictor(index, new EvictionChooser(index, locks), deletion, faults);
    Shares shares = Shares.of(limits);
    space = new Space(shares, index, unfinished, inventory, evictor);
    corrupt = new CorruptContent(index, inventory);
    records = new IndexRecords(index, space, clock);
    publishing = new Publishing(store, locks, corrupt, records);
    sweeper =
        new Sweeper(
            shares,
            new GarbageSweep(driver, inventory, index, space, evictor),
            inventory,
            index,
            space,
            new PinnedContent(
                new ContentStore(driver, MetadataMemory.OF_HEAP.waiting()),
                index,
                evictor,
                limits.pins()),
            new Ownership(shares, store, inventory, index),
            new Indexing(index, inventory, locks::isLocked, clock),
            unfinished,
            clock,
            faults);
    schedule = new SweepSchedule(sweeper, threads);
  }

  /** Starts, after a short delay, to count the content and to sweep. */
  public void start() {
    schedule.start(limits().sweep());
  }

  /**
   * Applies other limits: to reservations at once, and to content by a sweep that begins soon. A
   * sweep in progress ends by the limits with which it began, but evicts nothing more if other
   * content is pinned now. Does not block on storage.
   */
  public synchronized void reconfigure(Limits changed) {
    if (schedule.isClosed() || changed.equals(limits())) {
      return;
    }
    Shares shares = space.shares().next(changed);
    sweeper.reconfigure(shares);
    space.reconfigure(shares);
    schedule.restart(changed.sweep());
  }

  /** The limits that apply now. */
  public Limits limits() {
    return space.shares().limits();
  }

  /**
   * Sets a listener that gets each digest before its content is evicted. Set once, before {@link
   * #start}.
   *
   * @param listener called on the thread that deletes; must return promptly
   */
  public void beforeEviction(Consumer<Digest> listener) {
    deletion.before(listener);
  }

  /** Sets a listener that gets changes of content. Set once, before {@link #start}. */
  public void onChanges(StoreListener listener) {
    listening = listener;
    sweeper.onUses(listener::used);
  }

  /** As {@link ContentStore#blob}, and records a use. */
  public Optional<StoredBlob> blob(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob =
        inventory.outlivesDeletion() ? look(repository, digest) : heldBlob(repository, digest);
    blob.ifPresent(used -> records.used(repository, digest, used.size()));
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

  /** As {@link ContentStore#manifest}, and records a use. */
  public Optional<StoredManifest> manifest(RepositoryName repository, Digest digest)
      throws IOException {
    Optional<StoredManifest> manifest = store.manifest(repository, digest);
    manifest.ifPresent(used -> records.used(repository, digest, used.size()));
    return manifest;
  }

  /** Records that a repository has got a link to content. */
  public void linked(RepositoryName repository, Digest digest) {
    records.linked(repository, digest);
    listening.linked(repository, digest);
  }

  /** Records that a repository has got a tag. */
  public void tagged(RepositoryName repository, Tag tag, Digest digest) {
    listening.tagged(repository, tag, digest);
  }

  /** As {@link #blob}, but records no use. The caller must close the blob at once. */
  public Optional<StoredBlob> look(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob = store.blob(repository, digest);
    if (blob.isPresent() && corrupt.has(digest, blob.get().size())) {
      blob.get().close();
      return Optional.empty();
    }
    return blob;
  }

  /**
   * Records a use of content that was read from this store before and is served from memory. Does
   * not access storage.
   *
   * @return false when the content is no longer cached
   */
  public boolean usedFromMemory(Digest digest) {
    return index.usedFromMemory(digest, clock.millis());
  }

  /** Whether {@link #blob} would find the blob. Records no use. */
  public boolean serves(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob = look(repository, digest);
    if (blob.isPresent()) {
      blob.get().close();
    }
    return blob.isPresent();
  }

  /** As {@link ContentStore#holds}. */
  public boolean holds(Digest digest) throws IOException {
    return store.holds(digest) && !corrupt.has(digest);
  }

  /** Whether content is indexed. Does not access storage. */
  public boolean isIndexed(Digest digest) {
    return index.contains(digest);
  }

  /** Whether the blob had another size when it was last stored, listed or used. */
  public boolean knowsOtherSize(Digest digest, long size) {
    return index.differs(digest, size);
  }

  /** Whether this size is known to be that of the right bytes. Does not access storage. */
  public boolean knowsSize(Digest digest, long size) {
    return index.isSizeKnown(digest, size);
  }

  /** Records that the blob as it was used last has its right size. */
  public void sizeIsRight(Digest digest, long size) {
    index.sizeIsRight(digest, size);
  }

  /** Replaces the known size of a blob. */
  public void confirmSize(Digest digest, long size) {
    index.put(digest, size, clock.millis());
  }

  /**
   * Deletes a blob whose bytes are wrong. From now on it is not served, even if it cannot be
   * deleted, until it is stored again. It is deleted also while it is open: its readers have wrong
   * bytes anyway.
   *
   * @param size the size of the wrong blob; a blob stored since then is kept if it has another
   *     size, or if this is running already
   */
  public void discard(Digest digest, long size) throws IOException {
    corrupt.discard(digest, size);
  }

  /**
   * Deletes content that an operator wants to be gone, also if it is pinned.
   *
   * @return false if it is being published, or is open and would not stay readable
   */
  public boolean purge(Digest digest, long size) throws IOException {
    boolean purged = deletion.purge(digest, size);
    if (purged) {
      corrupt.remove(digest);
    }
    return purged;
  }

  /**
   * As {@link ContentStore#publishBlob}.
   *
   * @param room the room of the file; released by this
   */
  public void publishBlob(RepositoryName repository, Digest digest, Path verifiedFile, Room room)
      throws IOException {
    publishing.blob(repository, digest, verifiedFile, room);
    listening.blobStored(repository, digest);
  }

  /**
   * As {@link ContentStore#publishManifest}.
   *
   * @throws NoRoomException when the manifest does not fit
   */
  public void publishManifest(RepositoryName repository, StoredManifest manifest)
      throws IOException {
    try (Room room = room(repository)) {
      publishing.manifest(repository, manifest, room);
    }
    listening.manifestStored(repository, manifest.digest());
  }

  /** As {@link ContentStore#referrersList}, and records a use. */
  public Optional<byte[]> referrers(RepositoryName repository, Digest subject) throws IOException {
    Optional<byte[]> body = store.referrersList(repository, subject);
    body.ifPresent(list -> index.used(Digest.sha256(list), list.length, clock.millis()));
    return body;
  }

  /**
   * As {@link ContentStore#publishReferrers}.
   *
   * @throws NoRoomException when the list does not fit
   */
  public void publishReferrers(RepositoryName repository, Digest subject, ReferrerList list)
      throws IOException {
    try (Room room = room(repository)) {
      publishing.referrers(repository, subject, list, room);
    }
  }

  /** Room for a new transfer for a repository; the caller closes it. */
  public Room room(RepositoryName repository) {
    return new Room(space, space.shares().owner(repository));
  }

  /** When content was used last; empty if it is not known to be cached. Records no use. */
  public Optional<ContentUse> use(Digest digest) {
    return index.entry(digest).map(BoundedStore::use);
  }

  /** The content that was used the longest ago and is not pinned, the oldest first. */
  public List<ContentUse> leastRecentlyUsed(int most) {
    return index.oldest(most).stream().map(BoundedStore::use).toList();
  }

  private static ContentUse use(ContentIndex.Entry entry) {
    return new ContentUse(entry.digest(), entry.size(), Instant.ofEpochMilli(entry.lastUse()));
  }

  /**
   * Sweeps as soon as a sweep in progress has ended, and lists the store and checks all links for
   * it.
   */
  public CompletionStage<GarbageReport> sweep() {
    return schedule.run(() -> sweeper.runAll(this::usage));
  }

  /** How much of the disk is used now. */
  public DiskUsage usage() {
    return new DiskUsage(
        index.totals().count(), index.totals().bytes(), space.used(), sweeper.isIndexed());
  }

  /** Ends the sweep, and stores the times of last use. Open content stays open. */
  @Override
  public void close() {
    sweeper.stop();
    try {
      if (schedule.close(LAST_SWEEP)) {
        sweeper.flush();
      } else {
        log.warn(
            "The sweep did not end within {} s because storage is slow; some times of last use are"
                + " lost",
            LAST_SWEEP.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
