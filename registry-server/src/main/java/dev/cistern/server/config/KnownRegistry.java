package dev.cistern.server.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of well-known registries.
 *
 * @param host where it is
 * @param realms token services in other domains, to which it sends clients
 */
public record KnownRegistry(String host, List<String> realms) {

  /** The name of Docker Hub. */
  public static final String DOCKER_HUB = "docker.io";

  private static final Map<String, KnownRegistry> BY_NAME =
      Map.ofEntries(
          Map.entry(DOCKER_HUB, new KnownRegistry("registry-1.docker.io", List.of())),
          known("ghcr.io"),
          known("quay.io"),
          known("registry.k8s.io"),
          known("gcr.io"),
          known("mcr.microsoft.com"),
          known("public.ecr.aws"),
          known("nvcr.io", "authn.nvidia.com"),
          known("lscr.io", "ghcr.io"),
          known("cr.l5d.io", "ghcr.io"));

  private static final Set<String> DOCKER_HUB_NAMES =
      Set.of(DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.docker.io");

  private static Map.Entry<String, KnownRegistry> known(String host, String... realms) {
    return Map.entry(host, new KnownRegistry(host, List.of(realms)));
  }

  /** The name by which a registry is listed: aliases of Docker Hub are one registry. */
  static String canonicalName(String name) {
    return DOCKER_HUB_NAMES.contains(name) ? DOCKER_HUB : name;
  }

  /** All names that clients use for the registry of a name. */
  public static Set<String> aliases(String name) {
    return name.equals(DOCKER_HUB) ? DOCKER_HUB_NAMES : Set.of(name);
  }

  /** The URL of the registry of a name; unknown ones are at their name, over https. */
  static URI urlOf(String name) {
    KnownRegistry known = BY_NAME.get(name);
    return URI.create("https://" + (known == null ? name : known.host));
  }

  /** The name of the registry at a URL, if it is a well-known one. */
  static Optional<String> nameOf(URI url) {
    String name = canonicalName(authority(url));
    return BY_NAME.containsKey(name) ? Optional.of(name) : Optional.empty();
  }

  /** Token services in other domains, to which the registry at a URL sends clients. */
  public static List<String> realmsOf(URI url) {
    KnownRegistry known = BY_NAME.get(canonicalName(authority(url)));
    return known == null ? List.of() : known.realms;
  }

  /** The host of a URL, with its port unless that is the default. */
  public static String authority(URI url) {
    String authority = url.getRawAuthority().toLowerCase(Locale.ROOT);
    String standard = url.getScheme().equalsIgnoreCase("https") ? ":443" : ":80";
    return authority.endsWith(standard)
        ? authority.substring(0, authority.length() - standard.length())
        : authority;
  }
}
