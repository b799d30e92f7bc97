package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
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

/**
 * Brings an image into a cache, so that later pulls of it are hits: its manifest, for an index the
 * manifests of one platform or of all, their configurations and layers. Everything is requested
 * from the cache as a client would, so its limits, rules and queues apply.
 *
 * <p>At most {@value #AT_ONCE} requests are in progress for an image. No thread waits, and no byte
 * of a blob is copied for this. Thread-safe.
 */
public final class ImageWarming {

  private static final int AT_ONCE = 4;

  /** More than any image has, and few enough to keep in memory. */
  private static final int MOST = 10_000;

  /** The client of all requests of this kind, which share one part of the queue. */
  private static final String CLIENT = "warm";

  private final PullThroughCache cache;
  private final RepositoryName repository;
  private final Optional<Platform> platform;
  private final CompletableFuture<Progress> done = new CompletableFuture<>();
  private final Requester requester = new Waiting();

  private final AtomicInteger turns = new AtomicInteger();
  private final AtomicLong requested = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<Digest> notStored = new ConcurrentLinkedQueue<>();
  private volatile boolean cancelled;

  // Guarded by this.
  private final Deque<Reference> manifests = new ArrayDeque<>();
  private final Deque<Digest> blobs = new ArrayDeque<>();
  private final Set<Reference> seen = new HashSet<>();
  private int running;

  /** Waits until the image is there or nobody wants it any more. */
  private final class Waiting implements Requester {

    @Override
    public String client() {
      return CLIENT;
    }

    @Override
    public boolean isWaiting() {
      return !cancelled;
    }
  }

  /**
   * How far it is.
   *
   * @param requested how many manifests and blobs are known to belong to the image
   * @param received how many of them the cache has
   * @param bytes the sum of the sizes of those
   * @param notStored blobs that the cache could not store, most often because there is no room, or
   *     because storage failed
   */
  public record Progress(long requested, long received, long bytes, List<Digest> notStored) {

    public Progress {
      notStored = List.copyOf(notStored);
    }
  }

  private ImageWarming(
      PullThroughCache cache, RepositoryName repository, Optional<Platform> platform) {
    this.cache = cache;
    this.repository = repository;
    this.platform = platform;
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
    ImageWarming warming = new ImageWarming(cache, repository, platform);
    warming.seen.add(reference);
    warming.requested.incrementAndGet();
    warming.manifests.add(reference);
    warming.go();
    return warming;
  }

  /** How far it is now. */
  public Progress progress() {
    return new Progress(requested.get(), received.get(), bytes.get(), List.copyOf(notStored));
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
          Digest blob = blobs.remove();
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
    cache
        .manifest(repository, reference, requester)
        .whenComplete(
            (content, failure) -> {
              if (failure != null) {
                fail(failure);
                return;
              }
              try {
                add(content, reference);
                ended(content.body().remaining());
              } catch (RegistryException | RuntimeException e) {
                fail(e);
              }
            });
  }

  private synchronized void add(ManifestContent content, Reference reference)
      throws RegistryException {
    Manifest manifest = Manifest.read(content.body());
    seen.add(content.digest());
    if (manifest.mediaType().isIndex() && platform.isPresent()) {
      IndexEntries.of(content.body(), platform.get()).forEach(this::addManifest);
    } else {
      manifest.manifests().stream().map(Descriptor::digest).forEach(this::addManifest);
    }
    for (Descriptor blob : manifest.blobs()) {
      if (isNew(blob.digest())) {
        blobs.add(blob.digest());
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

  private void blob(Digest digest) {
    cache
        .blob(repository, digest, requester)
        .whenComplete(
            (content, failure) -> {
              if (failure == null) {
                awaitEnd(content, 0);
              } else {
                fail(failure);
              }
            });
  }

  /** Whether the cache only passes it on to this reader. */
  private static boolean isPassedThrough(BlobContent content) {
    return content.status() instanceof Miss miss && !miss.is(Trait.STORED);
  }

  /** What was fetched is published after its readers have it, and that may fail. */
  private void received(BlobContent content, long size) {
    if (!(content.status() instanceof Miss)) {
      ended(size);
      return;
    }
    cache
        .stored(content.digest())
        .thenAccept(
            stored -> {
              if (stored) {
                ended(size);
              } else {
                notStored(content);
              }
            });
  }

  private void notStored(BlobContent content) {
    notStored.add(content.digest());
    goOn();
  }

  /** Waits until all bytes are there, without reading one. */
  private void awaitEnd(BlobContent content, long from) {
    long position = from;
    try {
      while (true) {
        if (done.isDone()) {
          content.close();
          return;
        }
        long available = content.available(position);
        if (isPassedThrough(content)) {
          content.close();
          notStored(content);
          return;
        }
        if (available < 0) {
          content.close();
          received(content, position);
          return;
        }
        position += available;
        long next = position;
        if (available == 0 && content.whenAvailable(next, () -> awaitEnd(content, next))) {
          return;
        }
      }
    } catch (IOException | RuntimeException e) {
      content.close();
      fail(e);
    }
  }
}
