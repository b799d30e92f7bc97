package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Route;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheStatus;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The v2 registry protocol, read side: every request enters here, on an I/O thread. */
public final class RegistryHandler implements HttpHandler {

  private static final byte[] EMPTY_OBJECT = "{}".getBytes(StandardCharsets.UTF_8);

  private static final String ALLOWED = "GET, HEAD, OPTIONS";

  private static final Routing.Target HOME =
      new Routing.Target(new Route.Base(), "", Optional.empty(), Optional.empty(), false);

  private static final CacheStatus HERE = new CacheStatus.Generated();

  private final PullThroughCache cache;
  private final String prefix;
  private volatile RecentTargets targets;
  private final Guard guard;
  private final ManifestAnswers manifests;
  private final BlobAnswers blobs;
  private final ListAnswers lists;

  /**
   * @param prefix the path before {@code /v2/}, without a slash at its end; empty for none
   * @param links what comes before the path in links to this server; empty for relative links
   * @param routing which upstream a request is for
   * @param guard who may ask for what
   */
  public RegistryHandler(
      PullThroughCache cache, String prefix, String links, Routing routing, Guard guard) {
    this.cache = cache;
    this.prefix = prefix;
    targets = new RecentTargets(routing);
    this.guard = guard;
    manifests = new ManifestAnswers(cache);
    blobs = new BlobAnswers(cache);
    lists = new ListAnswers(cache, links);
  }

  /** Changes which upstream later requests are for. */
  public void routeBy(Routing changed) {
    targets = new RecentTargets(changed);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    exchange.getResponseHeaders().put(RegistryHeaders.API_VERSION, RegistryHeaders.API_VERSION_2);
    Routing.Target target;
    try {
      if (isHome(exchange)) {
        home(exchange);
        return;
      }
      target = target(exchange);
    } catch (RegistryException | RuntimeException e) {
      if (PeerCheck.isPeer(exchange)) {
        Answers.fail(exchange, e);
      } else {
        guard.admit(exchange, Optional.empty(), admitted -> Answers.fail(admitted, e));
      }
      return;
    }
    target.namespace().ifPresent(name -> RegistryHeaders.namespace(exchange, name));
    if (exchange.getRequestMethod().equals(Methods.OPTIONS)) {
      options(exchange);
    } else if (guard == Guard.NONE || PeerCheck.isPeer(exchange)) {
      read(exchange, target);
    } else {
      guard.admit(
          exchange,
          Optional.of(new Asked(target.route(), target.qualifiedName())),
          admitted -> read(admitted, target));
    }
  }

  /** Not an endpoint of the protocol. Probes of load balancers and charts ask for it. */
  private boolean isHome(HttpServerExchange exchange) {
    String path = RequestTarget.path(exchange);
    return path.equals("/") || path.equals(prefix + "/") || isServer(exchange, path);
  }

  /** {@code OPTIONS *}: the server as a whole (RFC 9110 §9.3.7). */
  private static boolean isServer(HttpServerExchange exchange, String path) {
    return path.equals("*") && exchange.getRequestMethod().equals(Methods.OPTIONS);
  }

  private void home(HttpServerExchange exchange) {
    if (exchange.getRequestMethod().equals(Methods.OPTIONS)) {
      options(exchange);
    } else {
      read(exchange, HOME);
    }
  }

  private void read(HttpServerExchange exchange, Routing.Target target) {
    try {
      requireRead(exchange, target.route());
      requireUpstream(exchange, target.route());
      answer(exchange, target);
    } catch (RegistryException | RuntimeException e) {
      Answers.fail(exchange, e);
    }
  }

  private void requireUpstream(HttpServerExchange exchange, Route route) throws RegistryException {
    if (PeerCheck.isPeer(exchange) && route.repository().isPresent()) {
      PeerCheck.requireUpstream(exchange, cache.upstreamOf(route.repository().get()));
    }
  }

  private void answer(HttpServerExchange exchange, Routing.Target target) {
    Route route = target.route();
    if (route instanceof Route.BlobRoute blob) {
      Outcome.asked(exchange, Outcome.Kind.BLOB, route);
      blobs.answer(exchange, blob);
    } else if (route instanceof Route.ManifestRoute manifest) {
      Outcome.asked(exchange, Outcome.Kind.MANIFEST, route);
      manifests.answer(exchange, manifest);
    } else if (route instanceof Route.TagsRoute tags) {
      Outcome.asked(exchange, Outcome.Kind.TAGS, route);
      lists.tags(exchange, tags, target);
    } else if (route instanceof Route.ReferrersRoute referrers) {
      Outcome.asked(exchange, Outcome.Kind.REFERRERS, route);
      lists.referrers(exchange, referrers, target);
    } else if (route instanceof Route.CatalogRoute catalog) {
      Outcome.asked(exchange, Outcome.Kind.CATALOG, route);
      lists.catalog(exchange, catalog, target);
    } else if (route instanceof Route.Base) {
      Outcome.asked(exchange, Outcome.Kind.OTHER, route);
      Outcome.answered(exchange, HERE);
      Answers.send(exchange, RegistryHeaders.JSON, ByteBuffer.wrap(EMPTY_OBJECT));
    } else {
      throw new IllegalStateException("Nothing answers for " + route);
    }
  }

  private Routing.Target target(HttpServerExchange exchange) throws RegistryException {
    String path = RequestTarget.path(exchange);
    if (!path.startsWith(prefix)) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, "No such endpoint; the registry is at " + prefix + "/v2/");
    }
    return targets.target(
        path.substring(prefix.length()),
        exchange.getQueryString(),
        // Peers use the names that repositories have in the cache.
        PeerCheck.isPeer(exchange) ? null : exchange.getRequestHeaders().getFirst(Headers.HOST));
  }

  /**
   * Browsers ask so before they read from another site, without credentials; http.headers holds the
   * answer (CORS).
   */
  private static void options(HttpServerExchange exchange) {
    Outcome.answered(exchange, HERE);
    exchange.getResponseHeaders().put(Headers.ALLOW, ALLOWED);
    exchange.setResponseContentLength(0);
    exchange.endExchange();
  }

  private static void requireRead(HttpServerExchange exchange, Route route)
      throws RegistryException {
    HttpString method = exchange.getRequestMethod();
    boolean read = method.equals(Methods.GET) || method.equals(Methods.HEAD);
    if (!read || route instanceof Route.UploadRoute) {
      exchange.getResponseHeaders().put(Headers.ALLOW, ALLOWED);
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          "This is a pull-through cache: push to and delete from the upstream registry");
    }
  }
}
