package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into the shared store. Every answer comes before a deadline, and is "not here" if the store
 * fails. Thread-safe.
 */
final class SharedLooks {

  private static final Logger log = LoggerFactory.getLogger(SharedLooks.class);

  /** How long a client may take from the answer with the URL to its request for it. */
  private static final Duration URL_VALIDITY = Duration.ofMinutes(10);

  private final ContentStore content;
  private final StoreGate gate;

  /** The looks that block a thread which local content needs too: only some of those threads. */
  private final Semaphore blocking = new Semaphore(8);

  /** The looks for blobs that clients are to get from the store: only some of its threads. */
  private final Semaphore urlLooks = new Semaphore(64);

  SharedLooks(ContentStore content, StoreGate gate) {
    this.content = content;
    this.gate = gate;
  }

  /**
   * Opens a blob. Blocks until the deadline at most.
   *
   * @param isPossible whether the blob can have this size; another one is not opened
   */
  Optional<StoredBlob> openNow(
      RepositoryName repository, Digest digest, ResumePoint from, LongPredicate isPossible) {
    return gate.<StoredBlob>ask(
            "Blob " + digest + " of " + repository + " could not be opened in the shared store",
            () -> open(repository, digest, from, isPossible),
            SharedLooks::release)
        .toCompletableFuture()
        .join();
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

  /** The size of a blob, if the repository has it. */
  CompletionStage<OptionalLong> blobSize(RepositoryName repository, Digest digest) {
    return gate.<Long>ask(
            "Could not look for blob " + digest + " of " + repository + " in the shared store",
            () -> content.blobSize(repository, digest).stream().boxed().findFirst())
        .thenApply(size -> size.map(OptionalLong::of).orElse(OptionalLong.empty()));
  }

  /** A manifest, if the repository has it. */
  CompletionStage<Optional<StoredManifest>> manifest(RepositoryName repository, Digest digest) {
    return gate.ask(
        "Could not read manifest " + digest + " of " + repository + " in the shared store",
        () -> content.manifest(repository, digest));
  }

  /** What a tag names. */
  CompletionStage<Optional<SharedStore.StoredTag>> tag(RepositoryName repository, Tag tag) {
    return gate.ask(
        "Could not read tag " + tag + " of " + repository + " in the shared store",
        () -> {
          Optional<Digest> digest = content.tag(repository, tag);
          return digest.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new SharedStore.StoredTag(digest.get(), content.tagTime(repository, tag)));
        });
  }

  /**
   * Where a client can get a blob itself; empty also if too many ask.
   *
   * @param leastSize a smaller blob has no URL
   */
  CompletionStage<Optional<URI>> url(RepositoryName repository, Digest digest, long leastSize) {
    if (!urlLooks.tryAcquire()) {
      // The cache sends it: as fast, while so many ask.
      return CompletableFuture.completedStage(Optional.empty());
    }
    return gate.ask(
            "Could not look for blob " + digest + " of " + repository + " in the shared store",
            () -> content.blobUrl(repository, digest, leastSize, URL_VALIDITY))
        .whenComplete((url, failure) -> urlLooks.release());
  }

  /** Blocks for the result of a look; empty also if too many do. */
  <T> Optional<T> now(Supplier<CompletionStage<Optional<T>>> look) {
    if (!blocking.tryAcquire()) {
      return Optional.empty();
    }
    try {
      return look.get().toCompletableFuture().join();
    } finally {
      blocking.release();
    }
  }
}
