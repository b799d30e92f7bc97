package dev.cistern.server.config;

import dev.cistern.proxy.policy.Limits;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * The {@code proxy} section.
 *
 * @param remoteUrl the upstream registry: {@code http} or {@code https}, a host, no user, query or
 *     fragment
 * @param credentials who we are to it
 * @param network how to reach it
 * @param reuse how far its last answers stand in for new ones
 * @param limits what to keep, and for how long
 * @param memory how many bytes of memory to take for what is asked for often; empty: as many as
 *     suit the heap
 */
public record ProxyConfig(
    URI remoteUrl,
    CredentialsConfig credentials,
    NetworkConfig network,
    Reuse reuse,
    Limits limits,
    Optional<Long> memory) {

  public static final ProxyConfig DEFAULT =
      new ProxyConfig(
          URI.create("https://registry-1.docker.io"),
          CredentialsConfig.DEFAULT,
          NetworkConfig.DEFAULT,
          new Reuse(Duration.ZERO, Duration.ofSeconds(3), Duration.ofSeconds(10)),
          Limits.DEFAULT,
          Optional.empty());

  /**
   * How far the upstream's last answers stand in for new ones.
   *
   * @param freshness for how long what a tag means is not asked again; zero: it is asked each time
   * @param staleAfter how long to wait for what a tag means when an older answer is here
   * @param negativeTtl for how long it is remembered that something does not exist; zero: not at
   *     all
   */
  public record Reuse(Duration freshness, Duration staleAfter, Duration negativeTtl) {}
}
