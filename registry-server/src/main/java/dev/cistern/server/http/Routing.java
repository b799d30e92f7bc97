package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Route;
import dev.cistern.server.config.KnownRegistry;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which upstream a request is for. What a client sends selects among the configured
 * upstreams; it is never an address to connect to. Immutable.
 *
 * <p>In this order: a path that begins with the name of an upstream ({@code
 * /v2/ghcr.io/owner/image/...} or {@code /ghcr.io/v2/owner/image/...}), the parameter {@code ns}
 * (distribution specification, "Registry Proxying"), the {@code Host}, the default upstream.
 *
 * @param upstreams the first component of the names of an upstream's repositories in the cache, by
 *     each name that clients use for it, in lower case; empty for the default upstream
 * @param unlisted whether other names are those of upstreams, too, with the name as component
 * @param hosts the component of an upstream, by a name of this server
 * @param libraries the components whose upstream is Docker Hub, where {@code alpine} means {@code
 *     library/alpine}
 */
public record Routing(
    Map<String, String> upstreams,
    Predicate<String> unlisted,
    Map<String, String> hosts,
    Set<String> libraries) {

  private static final String ROOT = "/v2/";

  public Routing {
    upstreams = Map.copyOf(upstreams);
    hosts = Map.copyOf(hosts);
    libraries = Set.copyOf(libraries);
  }

  /** For names that another server reads: each registry with a dot in its name is an upstream. */
  public static Routing asWritten() {
    return new Routing(Map.of(), name -> true, Map.of(), Set.of());
  }

  /** The upstreams of a configuration, by their names. */
  public static Routing of(ProxyConfig proxy) {
    Map<String, String> upstreams = new HashMap<>();
    Set<String> libraries = new HashSet<>();
    RegistryConfig main = proxy.main();
    if (main.naming() != RegistryConfig.Naming.CONFIGURED) {
      upstreams.put(KnownRegistry.authority(main.remoteUrl()), "");
    }
    add(main, "", upstreams, libraries);
    proxy.others().forEach(other -> add(other, other.component(), upstreams, libraries));
    Map<String, String> hosts = new HashMap<>();
    proxy.hosts().forEach((host, name) -> hosts.put(host, upstreams.getOrDefault(name, "")));
    return new Routing(
        upstreams,
        name -> proxy.unlisted().filter(unlisted -> unlisted.allows(name)).isPresent(),
        hosts,
        libraries);
  }

  private static void add(
      RegistryConfig registry,
      String component,
      Map<String, String> upstreams,
      Set<String> libraries) {
    KnownRegistry.aliases(registry.name()).forEach(name -> upstreams.put(name, component));
    if (!component.isEmpty()) {
      // So it is written in the catalog, and in clients that take no port in a path.
      upstreams.put(component, component);
    }
    if (registry.hasLibrary()) {
      libraries.add(component);
    }
  }

  /**
   * What a request is for.
   *
   * @param route with the name of the repository in the cache
   * @param name the repository as the client wrote it; empty if the request names none
   * @param component the upstream that the client chose, for lists of its repositories; empty: all
   * @param namespace the upstream that {@code ns} named, to be returned in {@code OCI-Namespace}
   * @param isInName whether the name begins with the upstream
   */
  record Target(
      Route route,
      String name,
      Optional<String> component,
      Optional<String> namespace,
      boolean isInName) {

    /**
     * The repository for rules about clients: as the client wrote it, after the upstream if the
     * request named that one elsewhere than in the path. Otherwise, leave to pull from one upstream
     * would be leave to pull the same name from all.
     */
    String qualifiedName() {
      return name.isEmpty() || component.isEmpty() || isInName
          ? name
          : component.get() + "/" + name;
    }
  }

  /**
   * Reads a request.
   *
   * @param path the raw path
   * @param query the raw query
   * @param host the {@code Host} of the request
   * @throws RegistryException as {@link Route#parse}; also {@code NAME_UNKNOWN} if {@code ns} names
   *     no upstream, so that the client asks another registry
   */
  Target target(String path, String query, @Nullable String host) throws RegistryException {
    int second = path.indexOf('/', 1);
    @Nullable String before = second < 0 ? null : component(path.substring(1, second));
    if (before != null && (path.startsWith(ROOT, second) || path.substring(second).equals("/v2"))) {
      return target(Route.parse(path.substring(second), query), before, Optional.empty());
    }
    if (path.startsWith(ROOT)) {
      int end = path.indexOf('/', ROOT.length());
      String first = end < 0 ? "" : path.substring(ROOT.length(), end);
      @Nullable String within = component(first);
      if (within != null) {
        Optional<Target> target = target(first, within, path.substring(end + 1), query);
        if (target.isPresent()) {
          return target.get();
        }
      }
    }
    Route asked = Route.parse(path, query);
    if (asked instanceof Route.Base) {
      return target(asked, "", Optional.empty());
    }
    Optional<String> namespace = namespace(query);
    if (namespace.isPresent()) {
      @Nullable String named = component(namespace.get());
      if (named == null) {
        throw new RegistryException(
            ErrorCode.NAME_UNKNOWN,
            "This cache has no upstream "
                + Printable.quoted(namespace.get())
                + "; ask that registry itself");
      }
      return target(asked, named, namespace);
    }
    @Nullable String mapped = hosts.isEmpty() || host == null ? null : hosts.get(withoutPort(host));
    return target(asked, mapped == null ? "" : mapped, Optional.empty());
  }

  /** A path that begins with an upstream, unless what follows names no repository. */
  private Optional<Target> target(String first, String component, String rest, String query)
      throws RegistryException {
    Route inner;
    try {
      inner = Route.parse(ROOT + rest, query);
    } catch (RegistryException e) {
      if (e.code() == ErrorCode.NAME_UNKNOWN) {
        // Such as /v2/ghcr.io/manifests/latest, an image of the default upstream.
        return Optional.empty();
      }
      throw e;
    }
    Target target = target(inner, component, Optional.empty());
    return target.name.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Target(
                target.route, first + "/" + target.name, target.component, Optional.empty(), true));
  }

  private Target target(Route asked, String component, Optional<String> namespace)
      throws RegistryException {
    Optional<String> chosen = component.isEmpty() ? Optional.empty() : Optional.of(component);
    @Nullable RepositoryName name = asked.repository().orElse(null);
    return name == null
        ? new Target(asked, "", chosen, namespace, false)
        : new Target(asked.in(in(component, name)), name.value(), chosen, namespace, false);
  }

  /**
   * The name in the cache of a repository as people name it, with the registry before it or not.
   *
   * @throws RegistryException {@code NAME_UNKNOWN} if the registry is no upstream, {@code
   *     NAME_INVALID} if the rest is no name
   */
  public RepositoryName repository(String name) throws RegistryException {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    @Nullable String component = first.isEmpty() ? null : component(first);
    if (component != null) {
      return in(component, RepositoryName.parse(name.substring(slash + 1)));
    }
    if (first.indexOf('.') >= 0 || first.indexOf(':') >= 0) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, "This cache has no upstream " + Printable.quoted(first));
    }
    return in("", RepositoryName.parse(name));
  }

  private @Nullable String component(String name) {
    if (name.indexOf('.') < 0 && !upstreams.containsKey(name)) {
      return null;
    }
    String lower = decoded(name).toLowerCase(Locale.ROOT);
    @Nullable String listed = upstreams.get(lower);
    return listed == null && unlisted.test(lower) ? lower : listed;
  }

  private RepositoryName in(String component, RepositoryName name) throws RegistryException {
    boolean ofLibrary = name.value().indexOf('/') < 0 && libraries.contains(component);
    if (component.isEmpty() && !ofLibrary) {
      return name;
    }
    String own = ofLibrary ? "library/" + name.value() : name.value();
    return RepositoryName.parse(component.isEmpty() ? own : component + "/" + own);
  }

  private static Optional<String> namespace(String query) {
    if (!query.contains("ns=")) {
      return Optional.empty();
    }
    for (String part : query.split("&", -1)) {
      if (part.startsWith("ns=") && part.length() > 3) {
        return Optional.of(decoded(part.substring(3)));
      }
    }
    return Optional.empty();
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** The name in a {@code Host}, as in the configuration. */
  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    // A name with the dot of the root of DNS at its end is the same name.
    String relative = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return relative.toLowerCase(Locale.ROOT);
  }
}
