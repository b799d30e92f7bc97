package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.server.config.RegistryConfig.Naming;
import dev.cistern.server.config.RegistryConfig.Reuse;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads the keys that each upstream has: those of {@code proxy} are for the default upstream. */
final class RegistryReader {

  private static final Pattern NAME = Pattern.compile("[a-z0-9.-]+(:[0-9]{1,5})?");

  private RegistryReader() {}

  /** The default upstream. */
  static RegistryConfig main(Section proxy) {
    Optional<String> configured = proxy.optional("name", RegistryReader::name);
    URI remote =
        proxy.value("remoteurl", RegistryConfig.DEFAULT.remoteUrl(), RegistryReader::remoteUrl);
    Optional<String> known = KnownRegistry.nameOf(remote);
    Naming naming =
        configured.isPresent()
            ? Naming.CONFIGURED
            : known.isPresent() ? Naming.KNOWN : Naming.ASSUMED;
    return new RegistryConfig(
        configured.or(() -> known).orElse(KnownRegistry.DOCKER_HUB),
        naming,
        remote,
        fallbacks(proxy),
        CredentialsReader.read(proxy, CredentialsConfig.DEFAULT.login()),
        NetworkReader.read(proxy, NetworkConfig.DEFAULT),
        reuse(proxy, Reuse.DEFAULT),
        access(proxy));
  }

  /**
   * One of the other upstreams. What it does not say about waiting and reuse is as for the default
   * upstream. Credentials and certificates are not: they are for one registry.
   */
  static Optional<RegistryConfig> other(Section upstream, RegistryConfig main) {
    Optional<String> name = upstream.optional("name", RegistryReader::name);
    if (name.isEmpty() && upstream.node("name").isEmpty()) {
      upstream.error("name", "name the registry as clients call it, such as ghcr.io");
    }
    RegistryConfig config =
        new RegistryConfig(
            name.orElse(KnownRegistry.DOCKER_HUB),
            Naming.CONFIGURED,
            upstream
                .optional("remoteurl", RegistryReader::remoteUrl)
                .orElseGet(() -> KnownRegistry.urlOf(name.orElse(KnownRegistry.DOCKER_HUB))),
            fallbacks(upstream),
            CredentialsReader.read(upstream, shared(main)),
            NetworkReader.read(upstream, main.network()),
            reuse(upstream, main.reuse()),
            access(upstream));
    return name.isEmpty() ? Optional.empty() : Optional.of(config);
  }

  /** The upstreams that are not listed. */
  static UnlistedConfig unlisted(Section upstream, RegistryConfig main) {
    if (upstream.node("allow").isEmpty()) {
      upstream.error("allow", "list patterns of the registries to allow, such as *.example.com");
    }
    return new UnlistedConfig(
        upstream.list("allow", HostPattern::parse),
        new RegistryConfig(
            "*",
            Naming.CONFIGURED,
            main.remoteUrl(),
            List.of(),
            CredentialsReader.read(upstream, shared(main)),
            NetworkReader.read(upstream, main.network()),
            reuse(upstream, main.reuse()),
            AccessRules.NONE));
  }

  /** A file with the credentials of many registries is for all upstreams. */
  private static UpstreamLogin shared(RegistryConfig main) {
    return main.credentials().login() instanceof UpstreamLogin.DockerConfig file
        ? file
        : CredentialsConfig.DEFAULT.login();
  }

  static URI remoteUrl(String text) {
    URI url = WebAddress.parse(text);
    // The builder knows which URLs a registry may have.
    UpstreamConfigBuilder unused = UpstreamConfig.builder(url.toString());
    return url;
  }

  private static List<URI> fallbacks(Section upstream) {
    return upstream.list("fallbacks", RegistryReader::remoteUrl);
  }

  /** The name of an upstream, in lower case. */
  static String name(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    if (!NAME.matcher(name).matches() || !isComponent(name.replace(':', '_'))) {
      throw new IllegalArgumentException(
          Printable.quoted(text)
              + " is not the name of a registry such as ghcr.io or registry.example.com:5000");
    }
    return KnownRegistry.canonicalName(name);
  }

  private static boolean isComponent(String text) {
    try {
      return !new RepositoryName(text).value().contains("/");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Reuse reuse(Section upstream, Reuse defaults) {
    RangeFetch ranges =
        upstream.value("rangefetch", defaults.rangeFetch(), ValueParser.oneOf(RangeFetch.class));
    return new Reuse(
        FreshnessReader.read(upstream, defaults.freshness()),
        upstream.value("negativettl", defaults.negativeTtl(), ValueParser.DURATION),
        upstream.value("deleted", defaults.deleted(), ValueParser.oneOf(DeletedTags.class)),
        upstream.value("prefetch", prefetch(ranges, defaults), ValueParser.oneOf(Prefetch.class)),
        ranges);
  }

  /** Where only ranges are fetched, layers are fetched before clients ask only if that is said. */
  private static Prefetch prefetch(RangeFetch ranges, Reuse defaults) {
    if (ranges == defaults.rangeFetch()) {
      return defaults.prefetch();
    }
    return ranges == RangeFetch.RELAY ? Prefetch.OFF : Reuse.DEFAULT.prefetch();
  }

  private static AccessRules access(Section upstream) {
    return new AccessRules(
        upstream.list("allow", ImagePattern::parse),
        upstream.list("deny", ImagePattern::parse),
        upstream.list("digestonly", ImagePattern::parse));
  }
}
