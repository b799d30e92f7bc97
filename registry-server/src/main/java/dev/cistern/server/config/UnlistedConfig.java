package dev.cistern.server.config;

import dev.cistern.proxy.policy.AccessRules;
import java.net.URI;
import java.util.List;

/**
 * Upstreams that are not listed: any registry whose name a pattern allows, over https.
 *
 * @param allow patterns of names
 * @param like how to use each of them; its name and URL mean nothing
 */
public record UnlistedConfig(List<HostPattern> allow, RegistryConfig like) {

  public UnlistedConfig {
    allow = List.copyOf(allow);
  }

  /** Whether a name may be that of an upstream: a name of the DNS, never an address. */
  public boolean allows(String name) {
    return HostPattern.isName(name) && allow.stream().anyMatch(pattern -> pattern.matches(name));
  }

  /** The upstream of a name that is allowed. */
  public RegistryConfig upstream(String name) {
    return new RegistryConfig(
        name,
        RegistryConfig.Naming.CONFIGURED,
        KnownRegistry.urlOf(name),
        List.<URI>of(),
        like.credentials(),
        like.network(),
        like.reuse(),
        AccessRules.NONE);
  }
}
