package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.internal.store.StoreListener;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsSignedUrls;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content in a store that several caches share. It is looked for here after the local store and
 * before the upstream; what comes from the upstream is stored here in the background, after it was
 * stored locally. Thread-safe.
 *
 * <p>Every answer comes before a deadline, and is "not here" if the store fails. What is stored
 * here and when it was used are only a matter of cost: a cache that loses them fetches again.
 */
public final class SharedStore implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SharedStore.class);

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

  /** How long a client may take from the answer with the URL to its request for it. */
  private static final Duration URL_VALIDITY = Duration.ofMinutes(10);

  /** A tag, and when it was last set. */
  public record StoredTag(Digest digest, Optional<Instant> time) {}

  private final ContentStore content;
  private final BoundedStore local;
  private final OptionalLong redirectFrom;
  private final StoreGate gate;
  private final SharedSweep sweep;
  private final ScheduledExecutorService timer;
  private final ScheduledExecutorService sweeping;
  private final Executor reads;
  private final SharedUploads uploads;

  /** The looks that block a thread which local content needs too: only some of those threads. */
  private final Semaphore blocking = new Semaphore(8);

  /** The looks for blobs that clients are to get from the store: only some of its threads. */
  private final Semaphore urlLooks = new Semaphore(64);

  /**
   * @param driver the store; stays the caller's, and is closed after the threads
   * @param local where content is served from
   * @param limits how much the store may have, and for how long
   * @param redirectFrom the size of the blobs that clients may get from the store themselves
   */
  public SharedStore(
      StorageDriver driver,
      BoundedStore local,
      CacheThreads threads,
      Limits limits,
      OptionalLong redirectFrom,
      InstantSource clock,
      StorageFaults faults) {
    timer = Executors.newSingleThreadScheduledExecutor(threads.threads("shared-timer"));
    sweeping = Executors.newSingleThreadScheduledExecutor(threads.threads("shared-sweep"));
    content = new ContentStore(driver);
    ContentInventory inventory = new ContentInventory(driver);
    this.local = local;
    this.redirectFrom = driver instanceof SupportsSignedUrls ? redirectFrom : OptionalLong.empty();
    reads = threads.sharedReads();
    gate =
        new StoreGate(
            reads,
            timer,
            DEADLINE,
            FIRST_PAUSE,
            () -> inventory.blob(Digest.sha256(new byte[0])),
            faults);
    uploads = new SharedUploads(content, inventory, local, gate, threads, limits, clock, faults);
    sweep = new SharedSweep(driver, limits, SILENCE, gate, clock, System::nanoTime, faults);
  }

  /** Starts to sweep, in turns with the other caches that share the store. */
  public void start() {
    Future<?> unusedTelling = sweeping.submit(sweep::tell);
    // Not all at the same time, if they were started together.
    long first = ThreadLocalRandom.current().nextLong(TURN.toMillis());
    Future<?> unused =
        sweeping.scheduleWithFixedDelay(sweep, first, TURN.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Applies other limits. */
  public void reconfigure(Limits changed) {
    uploads.reconfigure(changed);
    sweep.reconfigure(changed);
  }

  /** Stores here what is stored and used locally. */
  public StoreListener uploads() {
    return uploads;
  }

  /** Ends probes and sweeps. Uploads in progress end with their threads. */
  @Override
  public void close() {
    sweep.stop();
    timer.shutdown();
    sweeping.shutdown();
  }

  /** How many changes of the store are in progress or wait for a thread. */
  public int pending() {
    return uploads.pending();
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
    Optional<StoredBlob> opened =
        gate.<StoredBlob>ask(
                "Blob " + digest + " of " + repository + " could not be opened in the shared store",
                () -> open(repository, digest, from, isPossible),
                SharedStore::release)
            .toCompletableFuture()
            .join();
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    uploads.isHere(repository, digest);
    // From now on it is used here, where only uses after some time are reported.
    uploads.used(digest);
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
    if (!urlLooks.tryAcquire()) {
      // The cache sends it: as fast, while so many ask.
      return CompletableFuture.completedStage(Optional.empty());
    }
    return gate.ask(
            "Could not look for blob " + digest + " of " + repository + " in the shared store",
            () -> content.blobUrl(repository, digest, redirectFrom.getAsLong(), URL_VALIDITY))
        .whenComplete((url, failure) -> urlLooks.release())
        .thenApply(
            url -> {
              url.ifPresent(unused -> uploads.redirected(digest));
              return url;
            });
  }

  private boolean isSmallHere(Digest digest) {
    return local.use(digest).filter(use -> use.size() < redirectFrom.orElse(0)).isPresent();
  }

  private Optional<StoredBlob> open(
      RepositoryName repository, Digest digest, ResumePoint from, LongPredicate isPossible)
      throws IOException {
    long position = from.position();
    ObjectRange range =
        from.end().isPresent()
            ? new ObjectRange(position, from.end().getAsLong() - position)
            : ObjectRange.from(position);
    Optional<StoredBlob> blob = content.blob(repository, digest, range);
    if (blob.isPresent()
        && (position >= blob.get().size() || !isPossible.test(blob.get().size()))) {
      log.warn(
          "Ignored blob {} in the shared store: it cannot have {} bytes",
          digest,
          blob.get().size());
      blob.get().close();
      return Optional.empty();
    }
    return blob;
  }

  private static void release(StoredBlob late) {
    try {
      late.close();
    } catch (IOException e) {
      log.debug("Could not close blob {} of the shared store", late.digest(), e);
    }
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
    return gate.<Long>ask(
            "Could not look for blob " + digest + " of " + repository + " in the shared store",
            () -> content.blobSize(repository, digest).stream().boxed().findFirst())
        .thenApply(
            size -> {
              size.ifPresent(unused -> uploads.isHere(repository, digest));
              return size.isPresent() ? OptionalLong.of(size.get()) : OptionalLong.empty();
            });
  }

  /** A manifest, if the repository has it here. */
  public CompletionStage<Optional<StoredManifest>> manifest(
      RepositoryName repository, Digest digest) {
    return gate.ask(
            "Could not read manifest " + digest + " of " + repository + " in the shared store",
            () -> content.manifest(repository, digest))
        .thenApply(
            found -> {
              if (found.isPresent()) {
                uploads.isHere(repository, digest);
                uploads.used(digest);
                gate.worked();
              }
              return found;
            });
  }

  /** As {@link #manifest}, but blocks until the deadline at most. */
  public Optional<StoredManifest> manifestNow(RepositoryName repository, Digest digest) {
    return now(() -> manifest(repository, digest));
  }

  /** What a tag named last. Blocks until the deadline at most. */
  public Optional<StoredTag> tagNow(RepositoryName repository, Tag tag) {
    return now(() -> tag(repository, tag));
  }

  private <T> Optional<T> now(Supplier<CompletionStage<Optional<T>>> look) {
    if (!blocking.tryAcquire()) {
      return Optional.empty();
    }
    try {
      return look.get().toCompletableFuture().join();
    } finally {
      blocking.release();
    }
  }

  private CompletionStage<Optional<StoredTag>> tag(RepositoryName repository, Tag tag) {
    return gate.ask(
        "Could not read tag " + tag + " of " + repository + " in the shared store",
        () -> {
          Optional<Digest> digest = content.tag(repository, tag);
          return digest.isEmpty()
              ? Optional.empty()
              : Optional.of(new StoredTag(digest.get(), content.tagTime(repository, tag)));
        });
  }

  /** Deletes a blob whose bytes are wrong, if it still has the size with which it was read. */
  public void discard(Digest digest, long size) {
    uploads.discard(digest, size);
  }

  /**
   * Makes sure that the store has a blob that is cached here, and that the repository may read it
   * there.
   *
   * @return fails with an {@link IOException} if the store does not have it then
   */
  public CompletionStage<Void> ensureBlob(RepositoryName repository, Digest digest) {
    return uploads.ensureBlob(
        repository, digest, () -> blobSize(repository, digest).thenApply(OptionalLong::isPresent));
  }

  /** As {@link #ensureBlob}, for a manifest. */
  public CompletionStage<Void> ensureManifest(RepositoryName repository, StoredManifest manifest) {
    return uploads.ensureManifest(
        repository,
        manifest,
        () -> manifest(repository, manifest.digest()).thenApply(Optional::isPresent));
  }

  /** As {@link #ensureBlob}, for what a tag names. */
  public CompletionStage<Void> ensureTag(RepositoryName repository, Tag tag, Digest digest) {
    return tag(repository, tag)
        .thenCompose(
            stored ->
                stored.isPresent() && stored.get().digest().equals(digest)
                    ? CompletableFuture.completedStage(null)
                    : uploads.uploadTag(repository, tag, digest));
  }
}
