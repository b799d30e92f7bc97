package dev.cistern.proxy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.guard.UpstreamGuard;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.pull.Pulls;
import dev.cistern.proxy.internal.route.PrefixedUpstream;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.upstream.Upstream;
import java.time.InstantSource;
import java.util.Optional;

/**
 * One upstream of a cache, with all that is its own.
 *
 * @param prefix the start of the names of its repositories in the cache; empty for the default
 *     upstream, else with a slash at its end
 */
record Registry(
    String prefix, Upstream upstream, UpstreamThreads threads, AccessRules access, Pulls pulls) {

  static Registry connect(
      String name,
      UpstreamOptions options,
      CacheThreads shared,
      CachedContent cached,
      BlobFetches fetches,
      InstantSource clock,
      CacheListener listener) {
    boolean isDefault = name.isEmpty();
    UpstreamThreads threads =
        new UpstreamThreads(shared, isDefault ? "" : "-" + name, options.maxTransfers());
    Upstream guarded =
        UpstreamGuard.around(
            options.connect(listener), options.negativeTtl(), clock, threads.probing(), listener);
    String prefix = isDefault ? "" : name + "/";
    Upstream upstream = isDefault ? guarded : new PrefixedUpstream(prefix, guarded);
    return new Registry(
        prefix,
        upstream,
        threads,
        options.access(),
        new Pulls(upstream, cached, fetches, threads, options.freshness(), options.deletedTags()));
  }

  /** Why clients may not pull a manifest; empty if they may. */
  Optional<RegistryException> denied(RepositoryName repository, Reference reference) {
    return access
        .refusal(own(repository), reference)
        .map(reason -> denied(repository + ", " + reference, reason));
  }

  /** Why clients may not read blobs and tags of a repository; empty if they may. */
  Optional<RegistryException> denied(RepositoryName repository) {
    return access.refusal(own(repository)).map(reason -> denied(repository.value(), reason));
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
