package dev.cistern.server.config;

import dev.cistern.proxy.policy.Limits;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code proxy} section.
 *
 * @param main the default upstream
 * @param others the other upstreams
 * @param unlisted the upstreams that are not listed; empty: none
 * @param hosts the name of an upstream, by names of this server
 * @param limits what to keep, and for how long
 * @param memory bytes of memory for content that clients ask for often; empty: a part of the heap
 * @param local the directory in front of a storage behind a network
 * @param peers the servers that share their transfers; empty: this one works alone
 */
public record ProxyConfig(
    RegistryConfig main,
    List<RegistryConfig> others,
    Optional<UnlistedConfig> unlisted,
    Map<String, String> hosts,
    Limits limits,
    Optional<Long> memory,
    LocalConfig local,
    Optional<PeersConfig> peers) {

  public static final ProxyConfig DEFAULT = of(RegistryConfig.DEFAULT);

  public ProxyConfig {
    others = List.copyOf(others);
    hosts = Map.copyOf(hosts);
  }

  /** A server that works alone. */
  public ProxyConfig(
      RegistryConfig main,
      List<RegistryConfig> others,
      Optional<UnlistedConfig> unlisted,
      Map<String, String> hosts,
      Limits limits,
      Optional<Long> memory,
      LocalConfig local) {
    this(main, others, unlisted, hosts, limits, memory, local, Optional.empty());
  }

  /** The same with peers. */
  public ProxyConfig withPeers(PeersConfig cluster) {
    return new ProxyConfig(
        main, others, unlisted, hosts, limits, memory, local, Optional.of(cluster));
  }

  /** A cache of one upstream, with the defaults. */
  public static ProxyConfig of(RegistryConfig main) {
    return new ProxyConfig(
        main,
        List.of(),
        Optional.empty(),
        Map.of(),
        Limits.DEFAULT,
        Optional.empty(),
        LocalConfig.DEFAULT,
        Optional.empty());
  }
}
