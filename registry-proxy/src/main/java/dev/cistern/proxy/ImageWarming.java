package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.ImageSource.Origin;
import dev.cistern.proxy.ImageSource.Received;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.pull.IndexEntries;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings an image into a cache, so that later pulls of it are hits: its manifest, for an index the
 * manifests of one platform or of all, their configurations and layers. Everything is requested as
 * a client would, so the limits, rules and queues of the cache apply.
 *
 * <p>At most {@value #AT_ONCE} requests are in progress for an image. No thread waits. Thread-safe.
 */
public final class ImageWarming {

  private static final int AT_ONCE = 4;

  /** More than any image has, and few enough to keep in memory. */
  private static final int MOST = 10_000;

  /** The client of all requests of this kind, which share one part of the queue. */
  private static final String CLIENT = "warm";

  private final ImageSource source;
  private final RepositoryName repository;
  private final Optional<Platform> platform;
  private final WarmingListener listener;
  private final CompletableFuture<Progress> done = new CompletableFuture<>();
  private final Requester requester = new Waiting();

  private final AtomicInteger turns = new AtomicInteger();
  private final AtomicLong requested = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong fetched = new AtomicLong();
  private volatile @Nullable String stale;
  private final Queue<Digest> notStored = new ConcurrentLinkedQueue<>();
  private volatile boolean cancelled;

  // Guarded by this.
  private final Deque<Reference> manifests = new ArrayDeque<>();
  private final Deque<Descriptor> blobs = new ArrayDeque<>();
  private final Set<Reference> seen = new HashSet<>();
  private int running;

  /** Waits until the image is there or the warming is cancelled. */
  private final class Waiting implements Requester {

    @Override
    public String client() {
      return CLIENT;
    }

    @Override
    public boolean requestsAll() {
      return true;
    }

    @Override
    public boolean isWaiting() {
      return !cancelled && !done.isCompletedExceptionally();
    }
  }

  /**
   * How far it is.
   *
   * @param requested how many manifests and blobs are known to belong to the image
   * @param received how many of them the cache has
   * @param bytes the sum of the sizes of those
   * @param fetched how many of these bytes are in blobs that came from the upstream, in part at
   *     least
   * @param stale why the cache could not confirm that the tag still names this image
   * @param notStored blobs that the cache could not store, most often because there is no room, or
   *     because storage failed
   */
  public record Progress(
      long requested,
      long received,
      long bytes,
      long fetched,
      Optional<String> stale,
      List<Digest> notStored) {

    public Progress {
      notStored = List.copyOf(notStored);
    }
  }

  private ImageWarming(
      ImageSource source,
      RepositoryName repository,
      Optional<Platform> platform,
      WarmingListener listener) {
    this.source = source;
    this.repository = repository;
    this.platform = platform;
    this.listener = listener;
  }

  /**
   * Starts. Does not block.
   *
   * @param repository by its name in the cache
   * @param platform which images of an index; empty: all of them
   */
  public static ImageWarming start(
      PullThroughCache cache,
      RepositoryName repository,
      Reference reference,
      Optional<Platform> platform) {
    return start(source(cache), repository, reference, platform, WarmingListener.NONE);
  }

  /** As above, with a listener, from any source. */
  public static ImageWarming start(
      ImageSource source,
      RepositoryName repository,
      Reference reference,
      Optional<Platform> platform,
      WarmingListener listener) {
    ImageWarming warming = new ImageWarming(source, repository, platform, listener);
    warming.seen.add(reference);
    warming.requested.incrementAndGet();
    warming.manifests.add(reference);
    warming.go();
    return warming;
  }

  /** A cache in this process. No byte of a blob is copied. */
  public static ImageSource source(PullThroughCache cache) {
    return CacheSource.served(cache);
  }

  /**
   * As above, and makes sure that a {@linkplain dev.cistern.storage.StorageTrait#REMOTE remote}
   * storage has what the cache has locally: what could not be stored there before is stored now. A
   * request fails if that fails.
   */
  public static ImageSource storedSource(PullThroughCache cache) {
    return CacheSource.stored(cache);
  }

  /** How far it is now. */
  public Progress progress() {
    return new Progress(
        requested.get(),
        received.get(),
        bytes.get(),
        fetched.get(),
        Optional.ofNullable(stale),
        List.copyOf(notStored));
  }

  /**
   * Completes when everything that fits is in the cache, see {@link Progress#notStored}; fails with
   * the first failure of a request.
   */
  public CompletionStage<Progress> completion() {
    return done.copy();
  }

  /** Requests nothing more. Fetches in progress go on, as for every client that leaves. */
  public void cancel() {
    cancelled = true;
    fail(new IOException("Warming of " + repository + " was cancelled"));
  }

  /** Requests what there is room for. Answers from memory come within this, but never nest. */
  private void go() {
    if (turns.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      next().forEach(Runnable::run);
      missed = turns.addAndGet(-missed);
    } while (missed != 0);
  }

  private List<Runnable> next() {
    List<Runnable> requests = new ArrayList<>();
    synchronized (this) {
      while (!done.isDone() && running < AT_ONCE && !(manifests.isEmpty() && blobs.isEmpty())) {
        running++;
        if (manifests.isEmpty()) {
          Descriptor blob = blobs.remove();
          requests.add(() -> blob(blob));
        } else {
          Reference manifest = manifests.remove();
          requests.add(() -> manifest(manifest));
        }
      }
      if (running > 0) {
        return requests;
      }
    }
    done.complete(progress());
    return requests;
  }

  private void ended(long size) {
    received.incrementAndGet();
    bytes.addAndGet(size);
    goOn();
  }

  private void goOn() {
    synchronized (this) {
      running--;
    }
    go();
  }

  private void fail(Throwable cause) {
    done.completeExceptionally(StageFailure.cause(cause));
  }

  private void manifest(Reference reference) {
    source
        .manifest(repository, reference, requester)
        .whenComplete(
            (content, failure) -> {
              if (failure != null) {
                fail(failure);
                return;
              }
              try {
                content.stale().ifPresent(reason -> stale = reason);
                add(content, reference);
                ended(content.body().remaining());
              } catch (RegistryException | RuntimeException e) {
                fail(e);
              }
            });
  }

  private synchronized void add(Received content, Reference reference) throws RegistryException {
    Manifest manifest = Manifest.read(content.body());
    seen.add(content.digest());
    if (manifest.mediaType().isIndex() && platform.isPresent()) {
      IndexEntries.of(content.body(), platform.get()).forEach(this::addManifest);
    } else {
      manifest.manifests().stream().map(Descriptor::digest).forEach(this::addManifest);
    }
    for (Descriptor blob : manifest.blobs()) {
      if (isNew(blob.digest())) {
        blobs.add(blob);
      }
    }
    if (seen.size() > MOST) {
      throw new IllegalStateException(
          "Image %s of %s has more than %d manifests and blobs"
              .formatted(reference, repository, MOST));
    }
  }

  private void addManifest(Digest digest) {
    if (isNew(digest)) {
      manifests.add(digest);
    }
  }

  private boolean isNew(Digest digest) {
    boolean isNew = seen.add(digest);
    requested.addAndGet(isNew ? 1 : 0);
    return isNew;
  }

  private void blob(Descriptor blob) {
    AtomicLong size = new AtomicLong();
    listener.blobRequested(blob);
    source
        .blob(
            repository,
            blob,
            requester,
            position -> {
              size.set(position);
              listener.blobAdvanced(blob, position);
            })
        .whenComplete(
            (origin, failure) -> {
              if (failure != null) {
                fail(failure);
                return;
              }
              listener.blobEnded(blob, origin);
              if (origin == Origin.NOT_STORED) {
                notStored.add(blob.digest());
                goOn();
                return;
              }
              fetched.addAndGet(origin == Origin.FETCHED ? size.get() : 0);
              ended(size.get());
            });
  }
}
