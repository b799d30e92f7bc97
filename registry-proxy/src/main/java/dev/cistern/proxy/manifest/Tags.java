package dev.cistern.proxy.manifest;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.concurrent.BlockingWork;
import dev.cistern.proxy.concurrent.SingleFlight;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tags mean. Each question goes to the upstream, shared by those who ask meanwhile: HEAD, or
 * GET where the upstream does not answer that. Thread-safe.
 */
public final class Tags {

  private static final Logger log = LoggerFactory.getLogger(Tags.class);
  private static final int MAX_REMEMBERED = 100_000;

  private record Key(RepositoryName repository, Tag tag) {}

  private record Confirmation(Digest digest, Instant time) {}

  private final Upstream upstream;
  private final ContentStore store;
  private final Manifests manifests;
  private final TagLinks links;
  private final BlockingWork requests;
  private final Executor publishing;
  private final Clock clock;
  private final SingleFlight<Key, ManifestHead> checks = new SingleFlight<>();
  private final Cache<Key, Confirmation> confirmations =
      CacheBuilder.newBuilder().maximumSize(MAX_REMEMBERED).build();

  /**
   * @param requests where upstream requests run
   * @param publishing the one thread that {@code links} is used on
   */
  public Tags(
      Upstream upstream,
      ContentStore store,
      Manifests manifests,
      TagLinks links,
      BlockingWork requests,
      Executor publishing,
      Clock clock) {
    this.upstream = upstream;
    this.store = store;
    this.manifests = manifests;
    this.links = links;
    this.requests = requests;
    this.publishing = publishing;
    this.clock = clock;
  }

  /** Asks the upstream which manifest the tag names now. Does not block. */
  public CompletionStage<ManifestHead> check(RepositoryName repository, Tag tag) {
    Key key = new Key(repository, tag);
    return checks.join(key, () -> requests.start(() -> ask(key)));
  }

  private ManifestHead ask(Key key) throws RegistryException {
    Optional<ManifestHead> head = upstream.headManifest(key.repository, key.tag);
    ManifestHead answer =
        head.isPresent() ? head.get() : headOf(manifests.fetch(key.repository, key.tag));
    confirm(key, answer.digest());
    return answer;
  }

  static ManifestHead headOf(StoredManifest manifest) {
    return new ManifestHead(
        manifest.digest(),
        Optional.of(manifest.mediaType()),
        OptionalLong.of(manifest.body().remaining()));
  }

  private void confirm(Key key, Digest digest) {
    Confirmation before = confirmations.getIfPresent(key);
    confirmations.put(key, new Confirmation(digest, clock.instant()));
    if (before != null && before.digest.equals(digest)) {
      return;
    }
    try {
      publishing.execute(() -> links.confirmed(key.repository, key.tag, digest));
    } catch (RejectedExecutionException e) {
      log.warn("Storage is too slow: tag {} of {} is not kept", key.tag, key.repository);
      confirmations.invalidate(key);
    }
  }

  /**
   * The manifest that the tag last led to, for when the upstream cannot say what it means now.
   * Blocks on storage; a failing one has nothing.
   */
  public Optional<StoredManifest> lastKnown(RepositoryName repository, Tag tag) {
    try {
      return store.tag(repository, tag).flatMap(digest -> manifests.cached(repository, digest));
    } catch (IOException e) {
      log.warn("Could not read tag {} of {}: {}", tag, repository, e.toString());
      return Optional.empty();
    }
  }

  /** How long ago the upstream last confirmed the tag; zero when this process does not know. */
  public Duration sinceConfirmed(RepositoryName repository, Tag tag) {
    Confirmation last = confirmations.getIfPresent(new Key(repository, tag));
    return last == null ? Duration.ZERO : Duration.between(last.time, clock.instant());
  }
}
