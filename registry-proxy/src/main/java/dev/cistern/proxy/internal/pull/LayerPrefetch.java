package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the configuration and the layers of images whose manifests clients have just fetched, so
 * that they are cached, or being fetched, when the clients ask. See {@link
 * dev.cistern.proxy.policy.Prefetch#LAYERS}.
 *
 * <p>It asks for blobs as one more client, whose requests have one turn among those of the others,
 * and for a limited number at once, so that most threads are left to what clients wait for. It
 * holds no thread and copies no byte. A transfer that no client has asked for when the patience for
 * its image ends, ends too, and what has come is kept: it is not worth more of an upstream that is
 * so slow, or of a limit that clients share. A failure fails no client: one that asks later gets
 * its own answer. Thread-safe.
 */
final class LayerPrefetch {

  private static final Logger log = LoggerFactory.getLogger(LayerPrefetch.class);

  /** The client of all its requests. */
  private static final String CLIENT = "prefetch";

  private static final int MOST_AT_ONCE = 8;

  /** How many blobs of an image to fetch although no client has asked for one. */
  private static final int UNASKED = 4;

  /** How long a client may take from the manifest to its first blob. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** More blobs than this do not wait: the newest images are not prefetched then. */
  private static final int MOST_WAITING = 2_000;

  /** As {@link Blobs#open}. */
  @FunctionalInterface
  interface Opening {
    CompletionStage<BlobContent> open(
        RepositoryName repository, Digest digest, Requester requester);
  }

  private record Key(RepositoryName repository, Digest digest) {}

  /** An image that is being pulled. Its fields are guarded by the lock of the prefetch. */
  private final class Image implements Requester {

    private final RepositoryName repository;
    private final List<Digest> blobs;
    private final long until = nanoTime.getAsLong() + PATIENCE.toNanos();
    private int started;
    private int ended;
    private volatile boolean asked;

    /** The blobs that clients have asked for. */
    private final Set<Digest> wanted = new HashSet<>();

    Image(RepositoryName repository, List<Digest> blobs) {
      this.repository = repository;
      this.blobs = blobs;
    }

    boolean isReady() {
      return started < (asked ? blobs.size() : Math.min(UNASKED, blobs.size()));
    }

    boolean isOver() {
      return ended == blobs.size() || !isWaiting();
    }

    @Override
    public String client() {
      return CLIENT;
    }

    @Override
    public boolean asksAhead() {
      return true;
    }

    /** Until a client takes over, or none has come. */
    @Override
    public boolean isWaiting() {
      return asked || nanoTime.getAsLong() - until < 0;
    }
  }

  private final Opening blobs;
  private final BiPredicate<RepositoryName, Digest> elsewhere;
  private final int mostAtOnce;
  private final LongSupplier nanoTime;

  /** Read without the lock, by every request for a blob. */
  private final Map<Key, Image> waiting = new ConcurrentHashMap<>();

  /** What has come before a client asked for it, and by which answer. As {@link #waiting}. */
  private final Map<Key, Miss> came = new ConcurrentHashMap<>();

  // Guarded by this.
  private final List<Image> images = new ArrayList<>();
  private final Set<Key> order = new LinkedHashSet<>();
  private int running;

  /** How many blobs all images have. */
  private int known;

  /**
   * @param elsewhere whether another cache of the cluster fetches a blob
   * @param maxTransfers how many blobs the upstream's threads fetch at once; at most half of them
   *     are for this
   * @param nanoTime as {@link System#nanoTime}
   */
  LayerPrefetch(
      Opening blobs,
      BiPredicate<RepositoryName, Digest> elsewhere,
      int maxTransfers,
      LongSupplier nanoTime) {
    this.blobs = blobs;
    this.elsewhere = elsewhere;
    mostAtOnce = Math.min(MOST_AT_ONCE, maxTransfers / 2);
    this.nanoTime = nanoTime;
  }

  /** How many blobs wait or are being fetched. */
  synchronized int known() {
    return known;
  }

  /** Call for each manifest that a client got. Does not block. */
  void fetched(RepositoryName repository, ManifestContent manifest) {
    if (mostAtOnce == 0 || !(manifest.status() instanceof Miss)) {
      return;
    }
    Set<Digest> pulled = new LinkedHashSet<>();
    try {
      Manifest.scan(
          manifest.body(),
          blob -> {
            // More are never fetched before they are asked for.
            if (isPulled(blob) && pulled.size() <= MOST_WAITING) {
              pulled.add(blob.digest());
            }
          });
    } catch (RegistryException e) {
      log.debug("Prefetched nothing of {} in {}", manifest.digest(), repository, e);
      return;
    }
    // What is kept elsewhere would come twice here, for the client too.
    List<Digest> digests =
        pulled.stream().filter(digest -> !elsewhere.test(repository, digest)).toList();
    add(repository, digests);
    go();
  }

  /**
   * Clients get layers that must not be distributed from elsewhere (image specification, layer.md).
   */
  private static boolean isPulled(Descriptor blob) {
    String type = blob.mediaType().toString();
    return !type.contains("nondistributable") && !type.contains("foreign");
  }

  private synchronized void add(RepositoryName repository, List<Digest> all) {
    dropOver();
    // Many clients may pull an image at once: one request of this for each blob is enough.
    List<Digest> digests =
        all.stream().filter(blob -> !waiting.containsKey(new Key(repository, blob))).toList();
    if (digests.isEmpty() || known + digests.size() > MOST_WAITING) {
      return;
    }
    known += digests.size();
    Image image = new Image(repository, digests);
    digests.forEach(digest -> waiting.put(new Key(repository, digest), image));
    images.add(image);
  }

  /**
   * Call for each blob that a client asks for. Does not block.
   *
   * @return the status of its answer if the blob is stored. What was fetched ahead is no hit for
   *     the first client: it was fetched for it, and nothing was saved.
   */
  CacheStatus asked(RepositoryName repository, Digest digest) {
    if (waiting.isEmpty() && came.isEmpty()) {
      return CacheStatus.Hit.BY_DIGEST;
    }
    Key key = new Key(repository, digest);
    Image image = waiting.get(key);
    if (image == null && !came.containsKey(key)) {
      return CacheStatus.Hit.BY_DIGEST;
    }
    if (image != null && !image.asked) {
      image.asked = true;
      go();
    }
    Miss fetched = take(Optional.ofNullable(image), key);
    return fetched == null ? CacheStatus.Hit.BY_DIGEST : fetched;
  }

  /** Null if it has not come, or a client has asked for it before. */
  private synchronized @Nullable Miss take(Optional<Image> image, Key key) {
    image.ifPresent(pulled -> pulled.wanted.add(key.digest));
    order.remove(key);
    return came.remove(key);
  }

  /** Forgets the images that are here, and those that no client wants any more. */
  private void dropOver() {
    for (Iterator<Image> i = images.iterator(); i.hasNext(); ) {
      Image image = i.next();
      if (image.isOver()) {
        i.remove();
        known -= image.blobs.size();
        image.blobs.forEach(blob -> waiting.remove(new Key(image.repository, blob), image));
      }
    }
  }

  private void go() {
    next().forEach(Runnable::run);
  }

  private synchronized List<Runnable> next() {
    List<Runnable> requests = new ArrayList<>();
    dropOver();
    for (Image image : images) {
      while (running < mostAtOnce && image.isReady()) {
        Digest blob = image.blobs.get(image.started++);
        running++;
        requests.add(() -> fetch(image, blob));
      }
    }
    return requests;
  }

  private void fetch(Image image, Digest blob) {
    blobs
        .open(image.repository, blob, image)
        .thenCompose(
            content -> {
              CacheStatus status = content.status();
              return Arrival.of(content, image, received -> {})
                  .thenAccept(end -> arrived(image, blob, status, end));
            })
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                log.debug("Could not prefetch blob {} of {}", blob, image.repository, failure);
              }
              ended(image);
            });
  }

  private synchronized void arrived(Image image, Digest blob, CacheStatus status, Arrival.End end) {
    if (end == Arrival.End.COMPLETE
        && status instanceof Miss miss
        && !miss.is(Trait.COLLAPSED)
        && !image.wanted.contains(blob)) {
      remember(new Key(image.repository, blob), miss);
    }
  }

  /** The newest ones. Clients never ask for layers that they have. */
  private void remember(Key key, Miss miss) {
    // The client that comes waits for nothing.
    came.put(key, new Miss(Forward.ok(miss.asked().upstream(), Duration.ZERO), miss.traits()));
    order.add(key);
    if (order.size() > MOST_WAITING) {
      Key oldest = order.iterator().next();
      order.remove(oldest);
      came.remove(oldest);
    }
  }

  private void ended(Image image) {
    synchronized (this) {
      running--;
      image.ended++;
    }
    go();
  }
}
