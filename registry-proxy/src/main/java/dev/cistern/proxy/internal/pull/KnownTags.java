package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which manifests the tags named last, as the upstream has answered: in memory with the time of
 * that answer, and in storage. Thread-safe.
 */
final class KnownTags {

  private static final Logger log = LoggerFactory.getLogger(KnownTags.class);

  /** How often to check that storage still has a tag: eviction removes tags too. */
  private static final Duration LOOKED_AGAIN = Duration.ofMinutes(1);

  /** A tag of a repository. */
  record Key(RepositoryName repository, Tag tag) {}

  /**
   * The upstream's last answer for a tag.
   *
   * @param time when it answered
   * @param written when storage was last known to have the same; {@link Instant#MIN}: never
   */
  private record Confirmation(ManifestHead manifest, Instant time, Instant written) {

    boolean names(Digest digest) {
      return manifest.digest().equals(digest);
    }

    boolean isWritten(Instant now) {
      return written.isAfter(now.minus(LOOKED_AGAIN));
    }
  }

  private final ContentStore store;
  private final Manifests manifests;
  private final TagLinks links;
  private final Executor publishing;
  private final InstantSource clock;
  private final FreshnessPolicy policy;
  private final Optional<SharedStore> shared;
  private final StorageFaults faults;
  private final PooledCache<Key, Confirmation> confirmations =
      new PooledCache<>(
          (key, confirmation) ->
              Bytes.of(key.repository)
                  + Bytes.of(key.tag.value())
                  + Bytes.DIGEST
                  + confirmation.manifest.mediaType().map(type -> Bytes.of(type.value())).orElse(0L)
                  + 4 * Bytes.RECORD);

  /**
   * The tags of one upstream.
   *
   * @param publishing the only thread that uses {@code links}
   * @param shared where tags are looked for that {@code store} does not have
   */
  KnownTags(
      ContentStore store,
      Manifests manifests,
      TagLinks links,
      Executor publishing,
      InstantSource clock,
      FreshnessPolicy policy,
      Optional<SharedStore> shared,
      StorageFaults faults) {
    this.shared = shared;
    this.store = store;
    this.manifests = manifests;
    this.links = links;
    this.publishing = publishing;
    this.clock = clock;
    this.policy = policy;
    this.faults = faults;
  }

  /**
   * The upstream's last answer while it may be used without waiting for another one: while it is
   * fresh, and while it is {@linkplain ResolvedTag#isDue due} for a check. Does not block.
   */
  Optional<ResolvedTag> usable(Key key) {
    Confirmation last = confirmations.get(key);
    if (last == null) {
      return Optional.empty();
    }
    Duration ttl = policy.ttl(key.tag(), last.time, clock.instant());
    return policy.use(ttl) == FreshnessPolicy.Use.AFTER_CHECK
        ? Optional.empty()
        : Optional.of(ResolvedTag.before(last.manifest, ttl, policy.use(ttl)));
  }

  /** The upstream has just answered that the tag names this manifest. */
  void confirm(Key key, ManifestHead manifest) {
    Digest digest = manifest.digest();
    manifests.named(key.repository(), digest, key.tag());
    Confirmation before = confirmations.get(key);
    Instant now = clock.instant();
    Instant written = before != null && before.names(digest) ? before.written : Instant.MIN;
    Confirmation confirmation =
        new Confirmation(manifest, confirmed(key.tag(), manifest, now), written);
    confirmations.put(key, confirmation);
    if (!confirmation.isWritten(now)) {
      startWriting(key, digest);
    }
  }

  /** When the upstream answered: earlier, where another cache has remembered it. */
  private Instant confirmed(Tag tag, ManifestHead manifest, Instant now) {
    Duration fresh = policy.freshness(tag);
    return manifest
        .ttl()
        .map(left -> left.compareTo(fresh) < 0 ? now.minus(fresh.minus(left)) : now)
        .orElse(now);
  }

  /** Forgets the upstream's answers for the tags of a repository. */
  void forget(RepositoryName repository) {
    confirmations.removeIf(key -> key.repository().equals(repository));
    links.forget(repository);
  }

  private void startWriting(Key key, Digest digest) {
    try {
      publishing.execute(() -> write(key, digest));
    } catch (RejectedExecutionException e) {
      faults.report(
          StorageFault.WRITE,
          "Too many tags are waiting to be stored: tag "
              + key.tag()
              + " of "
              + key.repository()
              + " is not stored",
          e);
    }
  }

  private void write(Key key, Digest digest) {
    if (links.confirmed(key.repository(), key.tag(), digest)) {
      confirmations.update(
          key,
          last ->
              last.names(digest)
                  ? new Confirmation(last.manifest, last.time, clock.instant())
                  : last);
    }
  }

  /** Whether {@link #lastKnown} has an answer. Blocks on storage. */
  boolean isCached(Key key) {
    try {
      return manifest(key).isPresent();
    } catch (MemoryShortage e) {
      return true;
    } catch (IOException e) {
      faults.report(StorageFault.READ, cannotRead(key), e);
      return false;
    }
  }

  /** The manifest that the tag named last. Blocks on storage. Empty when storage fails. */
  Optional<ManifestContent> lastKnown(Key key, Forward asked, String reason) throws MemoryShortage {
    try {
      Optional<StoredManifest> manifest = manifest(key);
      if (manifest.isEmpty()) {
        return Optional.empty();
      }
      log.debug(
          "Answered tag {} of {} with a stale manifest: {}", key.tag(), key.repository(), reason);
      Duration age = sinceConfirmed(key, manifest.get().digest());
      return Optional.of(
          Manifests.content(manifest.get(), new CacheStatus.Stale(asked, age, reason)));
    } catch (IOException e) {
      faults.report(StorageFault.READ, cannotRead(key), e);
      return Optional.empty();
    }
  }

  /**
   * As {@link #lastKnown}, from the upstream's last answer alone. Empty when that does not have all
   * that an answer needs.
   */
  Optional<ManifestInfo> lastHead(Key key, Forward asked, String reason) {
    Confirmation last = confirmations.get(key);
    if (last == null || !isComplete(last.manifest)) {
      return Optional.empty();
    }
    Duration age = Duration.between(last.time, clock.instant());
    return Optional.of(
        info(
            last.manifest,
            new CacheStatus.Stale(asked, age.isNegative() ? Duration.ZERO : age, reason)));
  }

  /**
   * Whether the upstream's answer has the size and type of the manifest. No manifest is empty: some
   * registries answer HEAD with a length of 0.
   */
  static boolean isComplete(ManifestHead head) {
    return head.mediaType().isPresent() && head.size().orElse(0) != 0;
  }

  /** What an answer that {@link #isComplete} says about the manifest. */
  static ManifestInfo info(ManifestHead head, CacheStatus status) {
    return new ManifestInfo(
        head.digest(), head.mediaType().orElseThrow(), head.size().orElseThrow(), status);
  }

  private static String cannotRead(Key key) {
    return "Could not read tag " + key.tag() + " of " + key.repository();
  }

  private Optional<StoredManifest> manifest(Key key) throws IOException, MemoryShortage {
    Optional<Digest> stored = store.tag(key.repository(), key.tag());
    Confirmation last = confirmations.get(key);
    if (last != null && !stored.equals(Optional.of(last.manifest.digest()))) {
      // Storage may be slow or full and lag behind, and the link may be damaged.
      Optional<StoredManifest> remembered = cached(key, last.manifest.digest());
      if (remembered.isPresent()) {
        startWriting(key, remembered.get().digest());
        return remembered;
      }
    }
    Optional<StoredManifest> here =
        stored.isPresent() ? cached(key, stored.get()) : Optional.empty();
    if (here.isPresent() || shared.isEmpty()) {
      return here;
    }
    Optional<SharedStore.StoredTag> tag = shared.get().tagNow(key.repository(), key.tag());
    return tag.isPresent()
        ? manifests.anywhereNow(key.repository(), tag.get().digest())
        : Optional.empty();
  }

  private Optional<StoredManifest> cached(Key key, Digest digest) throws MemoryShortage {
    return manifests.cachedNow(key.repository(), digest);
  }

  private Optional<Instant> sharedTime(Key key) {
    return shared
        .flatMap(store -> store.tagNow(key.repository(), key.tag()))
        .flatMap(SharedStore.StoredTag::time);
  }

  private Duration sinceConfirmed(Key key, Digest digest) throws IOException {
    Confirmation last = confirmations.get(key);
    Optional<Instant> time =
        last != null && last.names(digest)
            ? Optional.of(last.time)
            : store.tagTime(key.repository(), key.tag()).or(() -> sharedTime(key));
    return time.map(confirmed -> Duration.between(confirmed, clock.instant()))
        .filter(age -> !age.isNegative())
        .orElse(Duration.ZERO);
  }
}
