package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.Repeated;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.internal.store.StoreListener;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsSignedUrls;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Content in a store that several caches share. It is looked for here after the local store and
 * before the upstream; what comes from the upstream is stored here in the background, after it was
 * stored locally. Thread-safe.
 *
 * <p>Every answer comes before a deadline, and is "not here" if the store fails. What is stored
 * here and when it was used are only a matter of cost: a cache that loses them fetches again.
 */
public final class SharedStore implements AutoCloseable {

  /** How often each cache looks whether it is its turn to sweep. */
  private static final Duration TURN = Duration.ofMinutes(1);

  /** After so long without a sign of the cache that sweeps, another one does. */
  private static final Duration SILENCE = Duration.ofMinutes(15);

  /** How long to wait for an answer: short for clients, and long for a store that is far away. */
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /** How long not to ask after a failure, at first. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /** How long to wait for bytes of a blob, and how many must come in a second. */
  private static final SharedBlob.Patience PATIENCE =
      new SharedBlob.Patience(Duration.ofSeconds(3), 128 << 10);

  /** How often to look whether something could not be stored here, and can be now. */
  private static final Duration LATE = Duration.ofSeconds(30);

  /** How long a purge waits for changes in progress. */
  private static final Duration LAST_CHANGES = Duration.ofMinutes(1);

  /** A tag, and when it was last set. */
  public record StoredTag(Digest digest, Optional<Instant> time) {}

  private final ContentInventory inventory;
  private final BoundedStore local;
  private final OptionalLong redirectFrom;
  private final StoreGate gate;
  private final SharedSweep sweep;
  private final ScheduledExecutorService timer;
  private final ScheduledExecutorService sweeping;
  private final ScheduledExecutorService late;
  private final Executor reads;
  private final Executor smallUploads;
  private final SharedLooks looks;
  private final SharedChanges changes;
  private final SharedUses uses;
  private final SharedUploads uploads;
  private final LateUploads lateUploads;

  /**
   * @param driver the store; stays the caller's, and is closed after the threads
   * @param here where content is served from
   * @param local the content in {@code here}
   * @param limits how much the store may have, and for how long
   * @param redirectFrom the size of the blobs that clients may get from the store themselves
   */
  public SharedStore(
      StorageDriver driver,
      StorageDriver here,
      BoundedStore local,
      CacheThreads threads,
      Limits limits,
      OptionalLong redirectFrom,
      InstantSource clock,
      StorageFaults faults) {
    timer = Executors.newSingleThreadScheduledExecutor(threads.threads("shared-timer"));
    sweeping = Executors.newSingleThreadScheduledExecutor(threads.threads("shared-sweep"));
    late = Executors.newSingleThreadScheduledExecutor(threads.threads("shared-late"));
    ContentStore content = new ContentStore(driver, MetadataMemory.OF_HEAP);
    ContentStore readHere = new ContentStore(here, MetadataMemory.OF_HEAP.waiting());
    inventory = new ContentInventory(driver);
    this.local = local;
    this.redirectFrom = driver instanceof SupportsSignedUrls ? redirectFrom : OptionalLong.empty();
    reads = threads.sharedReads();
    smallUploads = threads.smallUploads();
    gate =
        new StoreGate(
            reads,
            timer,
            DEADLINE,
            FIRST_PAUSE,
            () -> inventory.blob(Digest.sha256(new byte[0])),
            faults);
    looks = new SharedLooks(content, gate);
    changes = new SharedChanges(gate, faults);
    uses = new SharedUses(inventory, changes, smallUploads, limits.ttl(), clock);
    uploads = new SharedUploads(content, readHere, local, looks, changes, uses, threads, faults);
    lateUploads =
        new LateUploads(
            here,
            local,
            uploads,
            looks,
            changes,
            gate,
            clock,
            time -> Thread.sleep(time.toMillis()),
            faults);
    sweep = new SharedSweep(driver, limits, SILENCE, gate, clock, System::nanoTime, faults);
  }

  /** Starts to sweep, in turns with the other caches that share the store. */
  public void start() {
    Future<?> unusedTelling = sweeping.submit(sweep::tell);
    // Not all at the same time, if they were started together.
    long first = ThreadLocalRandom.current().nextLong(TURN.toMillis());
    Future<?> unused =
        sweeping.scheduleWithFixedDelay(
            new Repeated("The sweep of the shared store", sweep),
            first,
            TURN.toMillis(),
            TimeUnit.MILLISECONDS);
    Future<?> unusedToo =
        late.scheduleWithFixedDelay(
            new Repeated("Storing what could not be stored in the shared store", lateUploads),
            LATE.toMillis(),
            LATE.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Applies other limits. */
  public void reconfigure(Limits changed) {
    uses.reconfigure(changed.ttl());
    sweep.reconfigure(changed);
  }

  /** Stores here what is stored and used locally. */
  public StoreListener uploads() {
    return uploads;
  }

  /** Stores what could not be stored before; runs regularly after {@link #start}. */
  Runnable lateUploads() {
    return lateUploads;
  }

  /** Ends probes and sweeps. Uploads in progress end with their threads. */
  @Override
  public void close() {
    sweep.stop();
    lateUploads.stop();
    timer.shutdown();
    sweeping.shutdown();
    late.shutdown();
  }

  /** How many changes of the store are in progress or wait for a thread. */
  public int pending() {
    return changes.pending();
  }

  /** Whether the store is failing, so that it is not asked. */
  public boolean isFailing() {
    return gate.isShut();
  }

  /**
   * Opens a blob. Blocks until the deadline at most.
   *
   * @param isPossible whether the blob can have this size; another one is not opened
   * @param fallback where to go on if the store fails
   * @return empty when the repository does not have it here, or the store is failing
   */
  public Optional<Shared> blob(
      RepositoryName repository,
      Digest digest,
      ResumePoint from,
      LongPredicate isPossible,
      Upstreams fallback) {
    Optional<StoredBlob> opened = looks.openNow(repository, digest, from, isPossible);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    uploads.isHere(repository, digest);
    // From now on it is used here, where only uses after some time are reported.
    uses.used(digest);
    SharedBlob blob = new SharedBlob(opened.get(), from, PATIENCE, fallback::open, gate);
    blob.start(reads);
    return Optional.of(new Shared(blob));
  }

  /** Whether clients may get blobs from the store themselves. */
  public boolean givesUrls() {
    return redirectFrom.isPresent();
  }

  /**
   * Where a client can get a blob itself: empty if the repository does not have it here, if it is
   * too small, or if the store is failing. Completes at the deadline at the latest.
   */
  public CompletionStage<Optional<URI>> blobUrl(RepositoryName repository, Digest digest) {
    if (redirectFrom.isEmpty() || isSmallHere(digest)) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    return looks
        .url(repository, digest, redirectFrom.getAsLong())
        .thenApply(
            url -> {
              url.ifPresent(unused -> uses.redirected(digest));
              return url;
            });
  }

  private boolean isSmallHere(Digest digest) {
    return local.use(digest).filter(use -> use.size() < redirectFrom.orElse(0)).isPresent();
  }

  /** Where to go on with a blob. */
  @FunctionalInterface
  public interface Upstreams {
    /** As {@code Upstream.blob}. */
    UpstreamBlob open(ResumePoint from) throws RegistryException;
  }

  /** A transfer from the store. */
  public static final class Shared {

    private final SharedBlob blob;

    private Shared(SharedBlob blob) {
      this.blob = blob;
    }

    /** The transfer, which may go on from the upstream. */
    public UpstreamBlob blob() {
      return blob;
    }

    /** Whether all bytes up to the end came from the store. */
    public boolean isComplete() {
      return blob.isComplete();
    }
  }

  /** The size of a blob, if the repository has it here. */
  public CompletionStage<OptionalLong> blobSize(RepositoryName repository, Digest digest) {
    return looks
        .blobSize(repository, digest)
        .thenApply(
            size -> {
              size.ifPresent(unused -> uploads.isHere(repository, digest));
              return size;
            });
  }

  /** A manifest, if the repository has it here. */
  public CompletionStage<Optional<StoredManifest>> manifest(
      RepositoryName repository, Digest digest) {
    return looks
        .manifest(repository, digest)
        .thenApply(
            found -> {
              if (found.isPresent()) {
                uploads.isHere(repository, digest);
                uses.used(digest);
                gate.worked();
              }
              return found;
            });
  }

  /** As {@link #manifest}, but blocks until the deadline at most. */
  public Optional<StoredManifest> manifestNow(RepositoryName repository, Digest digest) {
    return looks.now(() -> manifest(repository, digest));
  }

  /** What a tag named last. Blocks until the deadline at most. */
  public Optional<StoredTag> tagNow(RepositoryName repository, Tag tag) {
    return looks.now(() -> looks.tag(repository, tag));
  }

  /** Deletes a blob whose bytes are wrong, if it still has the size with which it was read. */
  public void discard(Digest digest, long size) {
    CompletionStage<Void> unused =
        changes.make(
            smallUploads,
            "Could not delete the corrupt blob " + digest + " in the shared store",
            () -> {
              Optional<BlobStat> stored = inventory.blob(digest);
              if (stored.isPresent() && stored.get().size() == size) {
                inventory.delete(digest);
              }
            });
    uploads.forget(digest);
  }

  /**
   * Makes sure that the store has a blob that is cached here, and that the repository may read it
   * there.
   *
   * @return fails with an {@link IOException} if the store does not have it then
   */
  public CompletionStage<Void> ensureBlob(RepositoryName repository, Digest digest) {
    return uploads.ensureBlob(repository, digest);
  }

  /** As {@link #ensureBlob}, for a manifest. */
  public CompletionStage<Void> ensureManifest(RepositoryName repository, StoredManifest manifest) {
    return uploads.ensureManifest(repository, manifest);
  }

  /** As {@link #ensureBlob}, for what a tag names. */
  public CompletionStage<Void> ensureTag(RepositoryName repository, Tag tag, Digest digest) {
    return looks
        .tag(repository, tag)
        .thenCompose(
            stored ->
                stored.isPresent() && stored.get().digest().equals(digest)
                    ? CompletableFuture.completedStage(null)
                    : uploads.uploadTag(repository, tag, digest));
  }

  /**
   * Stores nothing of a repository from now on, which is purged.
   *
   * @return completes when all is stored that is being stored; fails with a {@link
   *     java.util.concurrent.TimeoutException} if that takes too long. Call {@link #release} in any
   *     case.
   */
  public CompletionStage<Void> hold(RepositoryName repository) {
    return changes
        .hold(repository)
        .toCompletableFuture()
        .orTimeout(LAST_CHANGES.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Stores what the repository gets, as before. */
  public void release(RepositoryName repository) {
    uploads.forget(repository);
    changes.release(repository);
  }
}
