package dev.cistern.proxy.credential;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names under which Docker's tools store the credentials of one registry: {@code
 * https://index.docker.io/v1/} for Docker Hub, host and optional port for any other.
 */
final class RegistryKeys {

  private static final String HUB = "https://index.docker.io/v1/";
  private static final Set<String> HUB_HOSTS =
      Set.of("registry-1.docker.io", "index.docker.io", "docker.io");

  private final String key;
  private final Set<String> hosts;

  private RegistryKeys(String key, Set<String> hosts) {
    this.key = key;
    this.hosts = hosts;
  }

  static RegistryKeys of(URI registry) {
    String host = host(registry.toString());
    if (HUB_HOSTS.contains(host)) {
      return new RegistryKeys(HUB, HUB_HOSTS);
    }
    String standardPort = "https".equalsIgnoreCase(registry.getScheme()) ? ":443" : ":80";
    String key =
        host.endsWith(standardPort)
            ? host.substring(0, host.length() - standardPort.length())
            : host;
    return key.equals(host) && registry.getPort() >= 0
        ? new RegistryKeys(key, Set.of(key))
        : new RegistryKeys(key, Set.of(key, key + standardPort));
  }

  /** The name that Docker passes to a credential helper. */
  String key() {
    return key;
  }

  /**
   * The names to pass to a helper, in this order: the one that Docker uses, and for Docker Hub also
   * the host that Distribution uses.
   */
  List<String> serverUrls() {
    return key.equals(HUB) ? List.of(HUB, "registry-1.docker.io") : List.of(key);
  }

  /**
   * The entry of this registry: the one with its key, or else, as in old files, one whose key is a
   * URL with the same host.
   */
  <V> Optional<V> find(Map<String, V> entries) {
    V exact = entries.get(key);
    if (exact != null) {
      return Optional.of(exact);
    }
    return entries.entrySet().stream()
        .filter(entry -> hosts.contains(host(entry.getKey())))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Host and port of a URL, or of a name without a scheme. */
  private static String host(String url) {
    int scheme = url.indexOf("://");
    String rest = scheme < 0 ? url : url.substring(scheme + 3);
    int slash = rest.indexOf('/');
    return (slash < 0 ? rest : rest.substring(0, slash)).toLowerCase(Locale.ROOT);
  }
}
