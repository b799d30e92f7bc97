package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.proxy.policy.Share;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code proxy}. */
final class ProxyReader {

  /** The name of the upstreams that are not listed. */
  private static final String UNLISTED = "*";

  private ProxyReader() {}

  static ProxyConfig read(Section proxy, Map<String, String> environment) {
    proxy.refused("remotenamespace", "is not supported; clients use the names of the upstream");
    RegistryConfig main = RegistryReader.main(proxy);
    List<RegistryConfig> others = new ArrayList<>();
    List<UnlistedConfig> unlisted = new ArrayList<>();
    Map<String, Share> shares = new HashMap<>();
    proxy.named(
        "upstreams",
        upstream -> {
          if (upstream.text("name").equals(Optional.of(UNLISTED))) {
            unlisted.add(RegistryReader.unlisted(upstream, main));
            LimitsReader.refuseShare(upstream);
          } else {
            Share share = LimitsReader.share(upstream);
            RegistryReader.other(upstream, main)
                .ifPresent(
                    other -> {
                      requireNew(upstream, other, main, others);
                      others.add(other);
                      shares.put(other.component(), share);
                    });
          }
          return upstream;
        });
    return new ProxyConfig(
        main,
        others,
        unlisted.stream().findFirst(),
        hosts(proxy, main, others),
        LimitsReader.read(proxy, shares),
        proxy.optional("memory", ValueParser.SIZE),
        LocalConfig.read(proxy, environment),
        PeersReader.read(proxy));
  }

  private static void requireNew(
      Section upstream, RegistryConfig other, RegistryConfig main, List<RegistryConfig> others) {
    if (others.stream().anyMatch(one -> one.name().equals(other.name()))) {
      upstream.error("name", other.name() + " is listed already");
    } else if (other.name().equals(main.name()) && main.naming() != RegistryConfig.Naming.ASSUMED) {
      upstream.error(
          "name", other.name() + " is the default upstream already, see proxy.remoteurl");
    }
  }

  private static Map<String, String> hosts(
      Section proxy, RegistryConfig main, List<RegistryConfig> others) {
    Map<String, String> names = new LinkedHashMap<>();
    KnownRegistry.aliases(main.name()).forEach(alias -> names.put(alias, main.name()));
    others.forEach(
        other ->
            KnownRegistry.aliases(other.name()).forEach(alias -> names.put(alias, other.name())));
    Map<String, String> hosts = new HashMap<>();
    proxy
        .texts("hosts")
        .forEach(
            (host, upstream) -> {
              String name = names.get(upstream.toLowerCase(Locale.ROOT));
              if (name == null) {
                proxy.error(
                    "hosts",
                    Printable.quoted(upstream)
                        + " is no upstream; list it in proxy.upstreams, or use one of "
                        + String.join(", ", names.keySet()));
              } else {
                // With the dot of the root of DNS at its end, it is the same name.
                hosts.put(host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", ""), name);
              }
            });
    return hosts;
  }
}
