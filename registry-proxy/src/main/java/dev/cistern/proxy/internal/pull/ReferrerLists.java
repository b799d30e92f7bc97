package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.ReferrerPage;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.Referrers;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.MemoryPool;
import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The referrers of manifests. The whole list is fetched and cached, and the cache selects the part
 * that a client asks for, so that one list answers all filters. It is as fresh as the tag that
 * lists referrers where there is no referrers API ({@link Tag#ofReferrers}): the upstream is asked
 * once for all requests that come in the meantime, and when it does not answer, or takes too long,
 * the last list is given.
 *
 * <p>A list is stored when its subject is stored, so that clients that ask for the referrers of
 * arbitrary digests do not fill the disk. The latest lists are in memory as well. Thread-safe.
 */
final class ReferrerLists {

  private static final Logger log = LoggerFactory.getLogger(ReferrerLists.class);

  /** How much memory it takes to parse a stored list, besides its bytes. */
  private static final int PER_BYTE = 3;

  /** How often to check that storage still has a list. */
  private static final Duration LOOKED_AGAIN = Duration.ofMinutes(1);

  /** The memory for the lists of all upstreams: a 64th of the heap. */
  private static final MemoryPool LISTS = new MemoryPool(Runtime.getRuntime().maxMemory() / 64, 1);

  /** About how many bytes an entry takes besides its list. */
  private static final int ENTRY = 500;

  private record Key(RepositoryName repository, Digest subject) {}

  /**
   * The upstream's last answer.
   *
   * @param written when storage was last known to have the same; {@link Instant#MIN}: never
   */
  private record Known(ReferrerList list, Instant time, Instant written) {

    int weight() {
      return ENTRY + list.body().remaining() + 16 * list.count();
    }

    boolean isWritten(Instant now) {
      return written.isAfter(now.minus(LOOKED_AGAIN));
    }
  }

  /** A list, and how the cache came to it. */
  private record Answer(ReferrerList list, CacheStatus status) {}

  private final ContentStore store;
  private final BoundedStore bounded;
  private final Manifests manifests;
  private final UpstreamCalls calls;
  private final Executor publishing;
  private final Executor lookups;
  private final BlockingTasks reads;
  private final InstantSource clock;
  private final FreshnessPolicy policy;
  private final DeletedTags deleted;
  private final StorageFaults faults;
  private final UpstreamChecks<Key, ReferrerList> checks;
  private final PooledCache<Key, Known> known =
      new PooledCache<>(LISTS, (key, list) -> list.weight());

  /** What the upstream has listed, which therefore exists. */
  private final PooledCache<Key, Boolean> listed =
      new PooledCache<>((key, known) -> Bytes.of(key.repository) + Bytes.DIGEST);

  /** The lists of one upstream. */
  ReferrerLists(
      CachedContent cached,
      Manifests manifests,
      UpstreamCalls calls,
      FreshnessPolicy policy,
      DeletedTags deleted) {
    store = cached.store;
    bounded = cached.bounded;
    publishing = cached.threads.manifestPublishing();
    lookups = cached.threads.lookups();
    reads = cached.reads;
    clock = cached.clock;
    faults = cached.faults;
    this.manifests = manifests;
    this.calls = calls;
    this.policy = policy;
    this.deleted = deleted;
    checks = new UpstreamChecks<>(policy.staleAfter());
  }

  /**
   * A page of the referrers of a manifest. Does not block.
   *
   * @param artifactType only these; empty for all
   */
  CompletionStage<Referrers> referrers(
      RepositoryName repository,
      Digest subject,
      Optional<String> artifactType,
      Page page,
      Requester requester) {
    return list(new Key(repository, subject), requester)
        .thenCompose(
            answer -> PatientReads.OF_HEAP.start(() -> part(answer, subject, artifactType, page)));
  }

  /** A part is a copy: many clients may ask for parts of one list. */
  private static CompletionStage<Referrers> part(
      Answer answer, Digest subject, Optional<String> artifactType, Page page) {
    try {
      ReferrerPage part =
          answer.list.page(artifactType, page, ReferrerList.LARGEST_PAGE, ReferrerLists::allocate);
      return CompletableFuture.completedStage(
          new Referrers(part.body(), part.next(), answer.status));
    } catch (UncheckedIOException e) {
      return CompletableFuture.failedStage(
          e.getCause() instanceof NoMemoryException full
              ? new MemoryShortage("Cannot list the referrers of " + subject, full)
              : e);
    }
  }

  private static byte[] allocate(int length) {
    try {
      return MetadataMemory.OF_HEAP.allocate(length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Forgets the upstream's answers for a repository. */
  void forget(RepositoryName repository) {
    known.removeIf(key -> key.repository.equals(repository));
  }

  private CompletionStage<Answer> list(Key key, Requester requester) {
    Optional<Answer> usable = usable(key, requester);
    if (usable.isPresent()) {
      return CompletableFuture.completedStage(usable.get());
    }
    WaitTime waiting = WaitTime.start(calls.upstream().name());
    UpstreamChecks.Check<ReferrerList> check =
        checks.join(key, requester, interest -> check(key, interest));
    CompletableFuture<Answer> answered =
        check
            .answer()
            .thenApply(
                list ->
                    new Answer(
                        list, new CacheStatus.Miss(waiting.answered(), Set.of(Trait.STORED))));
    check.whenOverdue(
        lookups,
        () ->
            PatientReads.OF_HEAP
                .start(
                    () ->
                        reads.start(
                            () ->
                                lastKnown(
                                    key,
                                    waiting.unanswered(),
                                    "the upstream takes too long to answer")))
                .thenAccept(last -> last.ifPresent(answered::complete)));
    return StaleFallback.recover(
        answered,
        reads,
        deleted,
        cause -> lastKnown(key, waiting.failed(cause), cause.getMessage()));
  }

  private static Target target(Key key) {
    return Target.referrers(key.repository, key.subject);
  }

  private CompletionStage<ReferrerList> check(Key key, Interest interest) {
    return calls.start(target(key), interest, upstream -> ask(upstream, key));
  }

  /** The last list while no request waits for another one. Starts a check of it when one is due. */
  private Optional<Answer> usable(Key key, Requester requester) {
    Known last = known.get(key);
    if (last == null) {
      return Optional.empty();
    }
    Duration ttl = policy.ttl(Tag.ofReferrers(key.subject), last.time, clock.instant());
    FreshnessPolicy.Use use = policy.use(ttl);
    if (use == FreshnessPolicy.Use.AFTER_CHECK) {
      return Optional.empty();
    }
    if (use == FreshnessPolicy.Use.WHILE_CHECKED
        && calls.upstream().refusal(target(key)).isEmpty()) {
      checks.startBehind(key, requester, interest -> check(key, interest));
    }
    bounded.usedFromMemory(last.list.digest());
    return Optional.of(new Answer(last.list, new CacheStatus.Hit(Optional.of(ttl))));
  }

  private ReferrerList ask(Upstream upstream, Key key) throws RegistryException {
    ReferrerList list = upstream.referrers(key.repository, key.subject);
    Known before = known.get(key);
    Instant now = clock.instant();
    Known latest =
        before != null && before.list.digest().equals(list.digest())
            ? new Known(before.list, now, before.written)
            : new Known(list, now, Instant.MIN);
    known.put(key, latest);
    if (latest.list == list) {
      list.forEachDigest(referrer -> listed.put(new Key(key.repository, referrer), true));
    }
    if (!latest.isWritten(now)) {
      publish(key, list);
    }
    if (list.count() > 0 || listed.get(key) != null) {
      fetchSubject(key);
    }
    return latest.list;
  }

  /**
   * A client that checks signatures may never fetch the signed manifest itself, only ask for its
   * digest. It must be cached too, or the check fails when the upstream does not answer. The same
   * is true for a referrer of which clients ask who refers to it.
   */
  private void fetchSubject(Key key) {
    manifests
        .byDigest(key.repository, key.subject, Requester.UNKNOWN)
        .thenAccept(
            manifest -> {
              Known latest = known.get(key);
              // Published after the subject, by the same thread.
              if (latest != null && !latest.isWritten(clock.instant())) {
                publish(key, latest.list);
              }
            });
  }

  private void publish(Key key, ReferrerList list) {
    try {
      publishing.execute(() -> write(key, list));
    } catch (RejectedExecutionException e) {
      faults.report(
          StorageFault.WRITE,
          "Too much is waiting to be stored: the referrers of "
              + key.subject
              + " of "
              + key.repository
              + " are not stored",
          e);
    }
  }

  private void write(Key key, ReferrerList list) {
    try {
      Optional<Digest> stored = store.referrers(key.repository, key.subject);
      if (!stored.equals(Optional.of(list.digest())) || !bounded.holds(list.digest())) {
        if (!store.holdsManifest(key.repository, key.subject)) {
          return;
        }
        bounded.publishReferrers(key.repository, key.subject, list);
      }
      known.update(
          key,
          last ->
              last.list.digest().equals(list.digest())
                  ? new Known(last.list, last.time, clock.instant())
                  : last);
    } catch (IOException | RuntimeException e) {
      faults.report(
          e instanceof NoRoomException ? StorageFault.ROOM : StorageFault.WRITE,
          "The referrers of "
              + key.subject
              + " of "
              + key.repository
              + " could not be stored and will be fetched again",
          e);
    }
  }

  /** The last list, from memory or from storage. Blocks on storage. Empty when storage fails. */
  private Optional<Answer> lastKnown(Key key, Forward asked, String reason) throws MemoryShortage {
    Known last = known.get(key);
    if (last != null) {
      bounded.usedFromMemory(last.list.digest());
      return Optional.of(stale(last.list, Optional.of(last.time), asked, reason));
    }
    try {
      Optional<ReferrerList> stored = stored(key);
      if (stored.isEmpty()) {
        return Optional.empty();
      }
      Optional<Instant> time = store.referrersTime(key.repository, key.subject);
      return Optional.of(stale(stored.get(), time, asked, reason));
    } catch (NoMemoryException e) {
      throw new MemoryShortage(
          "Cannot read the referrers of " + key.subject + " of " + key.repository, e);
    } catch (IOException e) {
      faults.report(
          StorageFault.READ,
          "Could not read the referrers of " + key.subject + " of " + key.repository,
          e);
      return Optional.empty();
    }
  }

  /** Empty also when the stored bytes are not a list. */
  private Optional<ReferrerList> stored(Key key) throws IOException {
    Optional<byte[]> body = bounded.referrers(key.repository, key.subject);
    if (body.isEmpty()) {
      return Optional.empty();
    }
    long length = body.get().length;
    try (MetadataMemory.Reservation parsing =
        MetadataMemory.OF_HEAP.reserveNow(PER_BYTE * length)) {
      ReferrerList list = ReferrerList.parse(body.get());
      parsing.keepFor(list, length);
      return Optional.of(list);
    } catch (RegistryException e) {
      log.warn("Ignored the stored referrers of {} of {}", key.subject, key.repository, e);
      return Optional.empty();
    }
  }

  private Answer stale(
      ReferrerList list, Optional<Instant> confirmed, Forward asked, String reason) {
    Duration age =
        confirmed
            .map(time -> Duration.between(time, clock.instant()))
            .filter(known -> !known.isNegative())
            .orElse(Duration.ZERO);
    return new Answer(list, new CacheStatus.Stale(asked, age, reason));
  }
}
