package dev.cistern.server.config;

import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * One upstream registry, and how to use it.
 *
 * @param name what clients call it: a host, perhaps with a port
 * @param naming where the name comes from
 * @param remoteUrl where it is: {@code http} or {@code https}, a host, no user, query or fragment
 * @param fallbacks where else the same content is, in the order in which to ask
 * @param credentials how to log in to it
 * @param network how to reach it
 * @param reuse how long to use its last answers instead of asking again
 * @param access which images clients may pull
 */
public record RegistryConfig(
    String name,
    Naming naming,
    URI remoteUrl,
    List<URI> fallbacks,
    CredentialsConfig credentials,
    NetworkConfig network,
    Reuse reuse,
    AccessRules access) {

  /** Docker Hub, anonymously. */
  public static final RegistryConfig DEFAULT =
      new RegistryConfig(
          KnownRegistry.DOCKER_HUB,
          Naming.KNOWN,
          KnownRegistry.urlOf(KnownRegistry.DOCKER_HUB),
          List.of(),
          CredentialsConfig.DEFAULT,
          NetworkConfig.DEFAULT,
          Reuse.DEFAULT,
          AccessRules.NONE);

  public RegistryConfig {
    Objects.requireNonNull(name);
    fallbacks = List.copyOf(fallbacks);
  }

  /** Where the name of an upstream comes from. */
  public enum Naming {
    /** The configuration. */
    CONFIGURED,
    /** The URL is that of a well-known registry. */
    KNOWN,
    /** Nowhere: the name is that of Docker Hub, because most caches mirror it. */
    ASSUMED
  }

  /** The first component of the names of its repositories in the cache. */
  public String component() {
    // A port is no part of a repository's name, and an underscore no part of a host's.
    return name.replace(':', '_');
  }

  /** Whether {@code alpine} means {@code library/alpine} there. */
  public boolean hasLibrary() {
    return name.equals(KnownRegistry.DOCKER_HUB) && naming != Naming.ASSUMED;
  }

  /**
   * How long to use the upstream's last answers instead of asking again.
   *
   * @param freshness for answers about tags
   * @param negativeTtl how long to remember that something does not exist; zero: not at all
   * @param deleted what to answer for a cached tag that the upstream no longer gives out
   * @param prefetch what to ask for before a client does
   * @param rangeFetch what to fetch when a client asks for a range
   */
  public record Reuse(
      FreshnessPolicy freshness,
      Duration negativeTtl,
      DeletedTags deleted,
      Prefetch prefetch,
      RangeFetch rangeFetch) {

    public static final Reuse DEFAULT =
        new Reuse(
            FreshnessPolicy.DEFAULT,
            PullThroughCacheBuilder.DEFAULT_NEGATIVE_TTL,
            DeletedTags.SERVE,
            Prefetch.LAYERS,
            RangeFetch.WHOLE);
  }
}
