package dev.cistern.server.config;

import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Limits;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * The {@code proxy} section.
 *
 * @param remoteUrl the upstream registry: {@code http} or {@code https}, a host, no user, query or
 *     fragment
 * @param credentials how to log in to it
 * @param network how to reach it
 * @param reuse how long to use its last answers instead of asking again
 * @param limits what to keep, and for how long
 * @param memory bytes of memory for content that clients ask for often; empty: a part of the heap
 */
public record ProxyConfig(
    URI remoteUrl,
    CredentialsConfig credentials,
    NetworkConfig network,
    Reuse reuse,
    Limits limits,
    Optional<Long> memory) {

  static final String DOCKER_HUB = "https://registry-1.docker.io";

  public static final ProxyConfig DEFAULT =
      new ProxyConfig(
          URI.create(DOCKER_HUB),
          CredentialsConfig.DEFAULT,
          NetworkConfig.DEFAULT,
          new Reuse(
              FreshnessPolicy.DEFAULT.freshness(),
              FreshnessPolicy.DEFAULT.staleAfter(),
              PullThroughCacheBuilder.DEFAULT_NEGATIVE_TTL,
              DeletedTags.SERVE),
          Limits.DEFAULT,
          Optional.empty());

  /**
   * How long to use the upstream's last answers instead of asking again.
   *
   * @param freshness how long an answer about a tag counts as current; zero: each pull checks the
   *     tag upstream
   * @param staleAfter how long to wait for that check when an older answer is cached
   * @param negativeTtl how long to remember that something does not exist; zero: not at all
   * @param deleted what to answer for a cached tag that the upstream no longer gives out
   */
  public record Reuse(
      Duration freshness, Duration staleAfter, Duration negativeTtl, DeletedTags deleted) {}
}
