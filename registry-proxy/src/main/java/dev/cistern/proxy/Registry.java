package dev.cistern.proxy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.ParallelTransfers;
import dev.cistern.proxy.internal.concurrent.Repeated;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.internal.guard.UpstreamGuard;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.pull.Pulls;
import dev.cistern.proxy.internal.route.FallbackUpstream;
import dev.cistern.proxy.internal.route.PrefixedUpstream;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.upstream.Upstream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One upstream of a cache, with all that is its own.
 *
 * @param prefix the start of the names of its repositories in the cache; empty for the default
 *     upstream, else with a slash at its end
 */
record Registry(
    UpstreamOptions options, String prefix, Upstream upstream, UpstreamThreads threads, Pulls pulls)
    implements AutoCloseable {

  private static final Duration RETIRED_LOOK = Duration.ofSeconds(30);

  static Registry connect(
      String name,
      UpstreamOptions options,
      CacheThreads shared,
      CachedContent cached,
      BlobFetches fetches,
      RangeFetches ranges,
      Optional<Cluster> cluster,
      InstantSource clock,
      CacheListener listener) {
    boolean isDefault = name.isEmpty();
    UpstreamThreads threads =
        new UpstreamThreads(
            shared,
            isDefault ? "" : "-" + name,
            options.maxTransfers(),
            new ParallelTransfers(options.blobConnections(), System::nanoTime));
    Upstream guarded =
        FallbackUpstream.of(
            options.connect(listener).stream()
                .map(
                    upstream ->
                        UpstreamGuard.around(
                            upstream, options.negativeTtl(), clock, threads.probing(), listener))
                .toList());
    String prefix = isDefault ? "" : name + "/";
    Upstream own = isDefault ? guarded : new PrefixedUpstream(prefix, guarded);
    Upstream upstream =
        cluster.map(peers -> peers.before(own, identity(prefix, own.name()))).orElse(own);
    return new Registry(
        options,
        prefix,
        upstream,
        threads,
        new Pulls(
            upstream,
            cached,
            fetches,
            ranges,
            threads,
            options.freshness(),
            options.deletedTags(),
            options.rangeFetch(),
            options.prefetch() == Prefetch.LAYERS ? options.maxTransfers() : 0));
  }

  /**
   * What tells this upstream from the others of this cache, and of caches with another
   * configuration: several may be at one host.
   */
  String identity() {
    return identity(prefix, upstream.name());
  }

  private static String identity(String prefix, String name) {
    return prefix + name;
  }

  /** Why clients may not have what they request; empty if they may. */
  Optional<RegistryException> denied(CacheRequest request) {
    if (options.access().isEmpty() || request.repository().isEmpty()) {
      return Optional.empty();
    }
    RepositoryName repository = request.repository().get();
    return switch (request.kind()) {
      case MANIFEST, MANIFEST_INFO, REFERRERS ->
          denied(repository, request.reference().orElseThrow());
      // No rule can say to which images a blob belongs.
      case BLOB, BLOB_INFO, TAGS, REPOSITORIES -> denied(repository);
    };
  }

  private Optional<RegistryException> denied(RepositoryName repository, Reference reference) {
    return options
        .access()
        .refusal(own(repository), reference)
        .map(reason -> denied(repository + ", " + reference, reason));
  }

  private Optional<RegistryException> denied(RepositoryName repository) {
    return options
        .access()
        .refusal(own(repository))
        .map(reason -> denied(repository.value(), reason));
  }

  /**
   * Closes this once the work in progress has ended.
   *
   * @param closed called then
   */
  void retire(Runnable closed) {
    AtomicInteger idleLooks = new AtomicInteger();
    Future<?> unused =
        threads
            .probing()
            .scheduleWithFixedDelay(
                new Repeated(
                    "Closing a registry that was replaced",
                    () -> {
                      // A transfer that pauses before it goes on uses no thread, but not for this
                      // long.
                      if (!threads.areIdle()) {
                        idleLooks.set(0);
                      } else if (idleLooks.incrementAndGet() == 2) {
                        closed.run();
                        close();
                      }
                    }),
                RETIRED_LOOK.toSeconds(),
                RETIRED_LOOK.toSeconds(),
                TimeUnit.SECONDS);
  }

  /** Ends all work of the upstream. May be called more than once. */
  @Override
  public void close() {
    upstream.close();
    threads.close();
  }

  private RepositoryName own(RepositoryName repository) {
    return prefix.isEmpty()
        ? repository
        : new RepositoryName(repository.value().substring(prefix.length()));
  }

  private static RegistryException denied(String what, String reason) {
    return new RegistryException(
        ErrorCode.DENIED, "Pulls of " + what + " are " + reason + " of this cache");
  }
}
