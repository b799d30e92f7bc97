package dev.cistern.server.http;

import dev.cistern.api.Digest;
import dev.cistern.api.Route.ManifestRoute;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;

/** Answers for {@code /v2/<name>/manifests/<reference>} (end-3). */
final class ManifestAnswers {

  private final PullThroughCache cache;

  ManifestAnswers(PullThroughCache cache) {
    this.cache = cache;
  }

  void answer(HttpServerExchange exchange, ManifestRoute route) {
    if (Answers.isHead(exchange)) {
      Answers.answer(
          exchange,
          requester -> cache.manifestInfo(route.name(), route.reference(), requester),
          info -> sendInfo(exchange, route, info));
    } else {
      Answers.answer(
          exchange,
          requester -> cache.manifest(route.name(), route.reference(), requester),
          manifest -> sendContent(exchange, route, manifest));
    }
  }

  private static void sendInfo(
      HttpServerExchange exchange, ManifestRoute route, ManifestInfo info) {
    describe(exchange, route, info);
    if (Preconditions.isKnown(exchange, info.digest())) {
      Answers.notModified(exchange);
      return;
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, info.mediaType().value());
    exchange.setResponseContentLength(info.size());
    exchange.endExchange();
  }

  private static void sendContent(
      HttpServerExchange exchange, ManifestRoute route, ManifestContent manifest) {
    describe(exchange, route, manifest.info());
    if (Preconditions.isKnown(exchange, manifest.digest())) {
      Answers.notModified(exchange);
      return;
    }
    Answers.send(exchange, manifest.mediaType().value(), manifest.body());
  }

  private static void describe(
      HttpServerExchange exchange, ManifestRoute route, ManifestInfo info) {
    if (route.reference() instanceof Digest) {
      RegistryHeaders.immutable(exchange, info.digest());
    } else {
      RegistryHeaders.revalidated(exchange, info.digest());
    }
    Outcome.answered(exchange, info.status());
  }
}
