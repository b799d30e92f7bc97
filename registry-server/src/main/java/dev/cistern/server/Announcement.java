package dev.cistern.server;

import com.google.common.net.InetAddresses;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HostPattern;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.PeersConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.StorageConfig;
import dev.cistern.server.config.UpstreamLogin;
import dev.cistern.server.report.HumanReadable;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a server logs when it has started. Contains no secret. */
record Announcement(ServerConfig config) {

  /**
   * The lines.
   *
   * @param serving the address of the listener
   * @param debug the address of the metrics, if there are any
   */
  List<String> lines(InetSocketAddress serving, Optional<InetSocketAddress> debug) {
    List<String> lines = new ArrayList<>();
    lines.add("Storage: " + storage(config.storage()) + "; " + limits(config.proxy().limits()));
    lines.addAll(upstreams());
    config.proxy().peers().ifPresent(peers -> lines.add("Peers: " + peers(peers)));
    lines.add("Listening on " + listener(config.http(), serving) + metrics(debug));
    return lines;
  }

  /** The lines about the {@code proxy} section. */
  List<String> proxy() {
    List<String> lines = new ArrayList<>();
    lines.add("Storage: " + limits(config.proxy().limits()));
    lines.addAll(upstreams());
    return lines;
  }

  private List<String> upstreams() {
    List<String> lines = new ArrayList<>();
    lines.add("Upstream: " + upstream(config.proxy().main()));
    config.proxy().others().forEach(other -> lines.add("Upstream: " + upstream(other)));
    config
        .proxy()
        .unlisted()
        .ifPresent(
            unlisted ->
                lines.add(
                    "Upstream: every registry that is named like "
                        + unlisted.allow().stream()
                            .map(HostPattern::text)
                            .collect(Collectors.joining(", "))));
    return lines;
  }

  private static String peers(PeersConfig peers) {
    return peers
        .dns()
        .map(service -> "all addresses of " + service.getAuthority())
        .orElseGet(
            () ->
                peers.addresses().stream()
                    .map(URI::getAuthority)
                    .collect(Collectors.joining(", ")));
  }

  private static String storage(StorageConfig storage) {
    // Parameters of other drivers may be secrets.
    return Optional.ofNullable(storage.parameters().get(StorageConfig.ROOT_DIRECTORY))
        .filter(directory -> storage.driver().equals(StorageConfig.FILESYSTEM))
        .map(directory -> "filesystem in " + Path.of(directory).toAbsolutePath().normalize())
        .orElse(storage.driver());
  }

  private static String limits(Limits limits) {
    List<String> parts = new ArrayList<>();
    parts.add(
        limits.maxSize() == Long.MAX_VALUE
            ? "no limit on its size"
            : "at most " + HumanReadable.size(limits.maxSize()));
    if (limits.minFree() > 0) {
      parts.add(HumanReadable.size(limits.minFree()) + " of the disk are left free");
    }
    parts.add(
        limits.ttl().isZero()
            ? "unused content is kept"
            : "content is removed after " + HumanReadable.days(limits.ttl()) + " unused");
    if (!limits.pins().isEmpty()) {
      parts.add("but for " + String.join(", ", limits.pins()));
    }
    return String.join(", ", parts);
  }

  private static String upstream(RegistryConfig registry) {
    return registry.remoteUrl()
        + (registry.naming() == RegistryConfig.Naming.CONFIGURED ? " as " + registry.name() : "")
        + (registry.credentials().login() instanceof UpstreamLogin.Anonymous
            ? " without credentials"
            : " with credentials")
        + ", at most "
        + registry.network().transfers().most()
        + " blobs at once; "
        + freshness(registry.reuse().freshness());
  }

  private static String freshness(FreshnessPolicy policy) {
    StringBuilder text = new StringBuilder("tags are confirmed ");
    policy
        .rules()
        .forEach(
            rule ->
                text.append(when(rule.freshness()))
                    .append(" for ")
                    .append(rule.tags())
                    .append(", "));
    text.append(when(policy.freshness())).append(policy.rules().isEmpty() ? "" : " for others");
    if (!policy.revalidate().isZero()) {
      text.append(", in the background for another ")
          .append(HumanReadable.duration(policy.revalidate()));
    }
    return text.toString();
  }

  private static String when(Duration freshness) {
    return freshness.isZero() ? "at each pull" : "after " + HumanReadable.duration(freshness);
  }

  private static String listener(HttpConfig http, InetSocketAddress address) {
    return (http.tls().isPresent() ? "https://" : "http://") + hostAndPort(address) + http.prefix();
  }

  private String metrics(Optional<InetSocketAddress> debug) {
    return config
        .http()
        .debug()
        .flatMap(DebugConfig::metricsPath)
        .flatMap(path -> debug.map(address -> "; metrics on http://" + hostAndPort(address) + path))
        .orElse("");
  }

  private static String hostAndPort(InetSocketAddress address) {
    String host = InetAddresses.toAddrString(address.getAddress());
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}
