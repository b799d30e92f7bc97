package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.concurrent.StorageReads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.BlobSource;
import dev.cistern.proxy.internal.guard.UpstreamCalls;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Blobs by digest: from memory, from storage, from a transfer on its way, or by a new transfer.
 *
 * <p>Bytes are shared by all repositories, the right to read them is not: a repository that did not
 * itself bring a blob here gets it when its upstream has shown that it has it, by a HEAD request.
 * Thread-safe.
 */
public final class Blobs {

  // A blob can be published and evicted between two looks; not for ever.
  private static final int MAX_LOOKS = 6;

  private record Key(RepositoryName repository, Digest digest) {}

  private record Source(Upstream upstream, Key key) implements BlobSource {

    @Override
    public String name() {
      return upstream.name();
    }

    @Override
    public UpstreamBlob open(ResumePoint from) throws RegistryException {
      return upstream.blob(key.repository, key.digest, from);
    }
  }

  private final Upstream upstream;
  private final ContentStore store;
  private final BoundedStore bounded;
  private final TornBlobs torn;
  private final HotContent hot;
  private final StorageReads reads;
  private final StorageFaults faults;
  private final BlobFetches fetches;
  private final UpstreamCalls calls;
  private final SingleFlight<Key, OptionalLong> heads = new SingleFlight<>();

  /**
   * The blobs of one upstream.
   *
   * @param upstream that transfers come from
   * @param store to link in
   * @param bounded over the same driver, to serve from
   * @param torn looks closely at what that gives
   * @param hot over that
   * @param calls all other requests to it
   */
  public Blobs(
      Upstream upstream,
      ContentStore store,
      BoundedStore bounded,
      TornBlobs torn,
      HotContent hot,
      StorageReads reads,
      BlobFetches fetches,
      UpstreamCalls calls,
      StorageFaults faults) {
    this.upstream = upstream;
    this.store = store;
    this.bounded = bounded;
    this.torn = torn;
    this.hot = hot;
    this.reads = reads;
    this.faults = faults;
    this.fetches = fetches;
    this.calls = calls;
  }

  /**
   * Opens a blob. Does not block.
   *
   * @return completes when there is something to answer with; the caller closes the content
   */
  public CompletionStage<BlobContent> open(RepositoryName repository, Digest digest) {
    Optional<BlobContent> known = hot.blob(repository, digest);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(known.get());
    }
    Key key = new Key(repository, digest);
    // What is on its way was not in storage, and is by the time that it cannot be followed any
    // more.
    return fetches.isReadable(repository, digest) ? follow(key, MAX_LOOKS) : open(key, MAX_LOOKS);
  }

  private CompletionStage<BlobContent> open(Key key, int looks) {
    return reads.lookAndGoOn(() -> look(key, looks));
  }

  private CompletionStage<BlobContent> look(Key key, int looks) {
    if (looks == 0) {
      return CompletableFuture.failedStage(
          new RegistryException(
              ErrorCode.UNAVAILABLE, "Blob " + key.digest + " comes and goes in storage"));
    }
    Optional<CompletionStage<BlobContent>> stored = stored(key, looks);
    if (stored.isPresent()) {
      return stored.get();
    }
    if (!isHereForOthers(key)) {
      return follow(key, looks);
    }
    // A transfer of this repository's own may have been published between the two looks.
    return stored(key, looks)
        .orElseGet(
            () -> head(key).thenCompose(proven -> reads.lookAndGoOn(() -> openProven(key, looks))));
  }

  /** The upstream has shown that the repository has the blob. */
  private CompletionStage<BlobContent> openProven(Key key, int looks) {
    Optional<CompletionStage<BlobContent>> linked =
        link(key) ? stored(key, looks) : Optional.empty();
    if (linked.isPresent()) {
      return linked.get();
    }
    fetches.admit(key.repository, key.digest);
    return followOthers(key, looks);
  }

  private CompletionStage<BlobContent> follow(Key key, int looks) {
    // A new transfer that would be refused anyway does not wait for its turn to hear that.
    Optional<RegistryException> refusal =
        fetches.isUnderWay(key.digest) ? Optional.empty() : upstream.refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedStage(refusal.get());
    }
    return fetches
        .follow(key.repository, key.digest, new Source(upstream, key))
        .thenCompose(
            content ->
                content
                    .<CompletionStage<BlobContent>>map(CompletableFuture::completedStage)
                    .orElseGet(() -> open(key, looks - 1)));
  }

  /** What another repository is told of its request says nothing about this one: ask for itself. */
  private CompletionStage<BlobContent> followOthers(Key key, int looks) {
    return follow(key, looks)
        .handle(
            (content, failure) ->
                failure == null ? CompletableFuture.completedStage(content) : open(key, looks - 1))
        .thenCompose(Function.identity());
  }

  private Optional<CompletionStage<BlobContent>> stored(Key key, int looks) {
    try {
      Optional<StoredBlob> blob = bounded.blob(key.repository, key.digest);
      return blob.isPresent() ? Optional.of(opened(key, blob.get(), looks)) : Optional.empty();
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not read blob " + key.digest + " of " + key.repository, e);
      return Optional.empty();
    }
  }

  private CompletionStage<BlobContent> opened(Key key, StoredBlob blob, int looks)
      throws IOException {
    boolean doubtful = torn.doubts(blob);
    if (!doubtful && !hot.takes(blob)) {
      return CompletableFuture.completedStage(new StoredContent(blob));
    }
    Optional<BlobContent> inMemory = doubtful ? Optional.empty() : load(key, blob);
    return inMemory
        .<CompletionStage<BlobContent>>map(CompletableFuture::completedStage)
        .orElseGet(() -> torn.inspect(blob).thenCompose(right -> open(key, looks - 1)));
  }

  /** Reads a small blob, and closes it unless its bytes are wrong. */
  private Optional<BlobContent> load(Key key, StoredBlob blob) throws IOException {
    boolean wrong = false;
    try {
      Optional<BlobContent> content = hot.load(key.repository, blob);
      wrong = content.isEmpty();
      return content;
    } finally {
      if (!wrong) {
        blob.close();
      }
    }
  }

  private boolean isHereForOthers(Key key) {
    try {
      return fetches.isUnderWay(key.digest)
          ? !fetches.isReadable(key.repository, key.digest)
          : bounded.holds(key.digest);
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not look for blob " + key.digest, e);
      return false;
    }
  }

  private boolean link(Key key) {
    try {
      store.link(key.repository, key.digest);
      return true;
    } catch (IOException e) {
      faults.report(
          StorageFault.WRITE, "Could not link blob " + key.digest + " to " + key.repository, e);
      return false;
    }
  }

  /**
   * The size of a blob that the upstream or the cache has, in bytes; empty when the upstream does
   * not say. Downloads nothing. Does not block.
   */
  public CompletionStage<OptionalLong> size(RepositoryName repository, Digest digest) {
    Optional<BlobContent> known = hot.blob(repository, digest);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(known.get().size());
    }
    Key key = new Key(repository, digest);
    // Whoever asked a moment ago found nothing in storage.
    return heads.joinRunning(key).orElseGet(() -> reads.lookAndGoOn(() -> size(key)));
  }

  private CompletionStage<OptionalLong> size(Key key) {
    try {
      Optional<StoredBlob> stored = bounded.look(key.repository, key.digest);
      if (stored.isPresent()) {
        StoredBlob blob = stored.get();
        if (torn.doubts(blob)) {
          return torn.inspect(blob)
              .thenCompose(
                  right ->
                      right
                          ? CompletableFuture.completedStage(OptionalLong.of(blob.size()))
                          : head(key));
        }
        blob.close();
        return CompletableFuture.completedStage(OptionalLong.of(blob.size()));
      }
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not look for blob " + key.digest + " of " + key.repository, e);
    }
    return head(key);
  }

  private CompletionStage<OptionalLong> head(Key key) {
    return heads.join(
        key, () -> calls.start(registry -> registry.headBlob(key.repository, key.digest)));
  }
}
