package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Route;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * @param hosts the name of an upstream for a name of this server
 * @param libraries the components whose upstream is Docker Hub, where {@code alpine} means {@code
 *     library/alpine}
 */
record Routing(Map<String, String> upstreams, Map<String, String> hosts, Set<String> libraries) {

  /** All requests are for the default upstream, and {@code ns} is ignored. */
  static final Routing ONE = new Routing(Map.of(), Map.of(), Set.of());

  private static final String ROOT = "/v2/";

  Routing {
    upstreams = Map.copyOf(upstreams);
    hosts = Map.copyOf(hosts);
    libraries = Set.copyOf(libraries);
  }

  /**
   * What a request is for.
   *
   * @param route with the name of the repository in the cache
   * @param asked with the name that the client used
   * @param namespace the upstream that {@code ns} named, to be returned in {@code OCI-Namespace}
   */
  record Target(Route route, Route asked, Optional<String> namespace) {}

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
    if (upstreams.isEmpty()) {
      Route route = Route.parse(path, query);
      return new Target(route, route, Optional.empty());
    }
    int second = path.indexOf('/', 1);
    @Nullable String before = second < 0 ? null : upstream(path.substring(1, second));
    if (before != null && (path.startsWith(ROOT, second) || path.substring(second).equals("/v2"))) {
      return target(Route.parse(path.substring(second), query), before, Optional.empty());
    }
    if (path.startsWith(ROOT)) {
      int end = path.indexOf('/', ROOT.length());
      @Nullable String first = end < 0 ? null : upstream(path.substring(ROOT.length(), end));
      if (first != null) {
        Route inner = Route.parse(ROOT + path.substring(end + 1), query);
        if (hasName(inner)) {
          Target target = target(inner, first, Optional.empty());
          // The client asked by the longer name.
          return new Target(
              target.route(), Route.parse(path.replace(":", "_"), query), Optional.empty());
        }
      }
    }
    Route asked = Route.parse(path, query);
    Optional<String> namespace = parameter(query);
    if (namespace.isPresent()) {
      @Nullable String named = upstream(namespace.get());
      if (named == null) {
        throw new RegistryException(
            ErrorCode.NAME_UNKNOWN,
            "This cache has no upstream "
                + Printable.quoted(namespace.get())
                + "; ask that registry itself");
      }
      return target(asked, named, namespace);
    }
    @Nullable String mapped = host == null ? null : hosts.get(withoutPort(host));
    return target(asked, mapped == null ? "" : mapped, Optional.empty());
  }

  private Target target(Route asked, String component, Optional<String> namespace) {
    return new Target(in(component, asked), asked, namespace);
  }

  private @Nullable String upstream(String name) {
    return upstreams.get(name.toLowerCase(Locale.ROOT));
  }

  private static boolean hasName(Route route) {
    return !(route instanceof Route.Base || route instanceof Route.CatalogRoute);
  }

  private Route in(String component, Route route) {
    if (route instanceof Route.ManifestRoute manifest) {
      return new Route.ManifestRoute(in(component, manifest.name()), manifest.reference());
    } else if (route instanceof Route.BlobRoute blob) {
      return new Route.BlobRoute(in(component, blob.name()), blob.digest());
    } else if (route instanceof Route.TagsRoute tags) {
      return new Route.TagsRoute(in(component, tags.name()), tags.page());
    } else {
      return route;
    }
  }

  private RepositoryName in(String component, RepositoryName name) {
    String own =
        libraries.contains(component) && name.value().indexOf('/') < 0
            ? "library/" + name.value()
            : name.value();
    return new RepositoryName(component.isEmpty() ? own : component + "/" + own);
  }

  private static Optional<String> parameter(String query) {
    for (String part : query.split("&", -1)) {
      if (part.startsWith("ns=") && part.length() > 3) {
        try {
          return Optional.of(URLDecoder.decode(part.substring(3), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          return Optional.of(part.substring(3));
        }
      }
    }
    return Optional.empty();
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.toLowerCase(Locale.ROOT);
  }
}
