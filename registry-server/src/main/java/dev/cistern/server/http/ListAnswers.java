package dev.cistern.server.http;

import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.Route.CatalogRoute;
import dev.cistern.api.Route.ReferrersRoute;
import dev.cistern.api.Route.TagsRoute;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Answers for {@code /v2/<name>/tags/list} (end-8a, end-8b), {@code /v2/<name>/referrers/<digest>}
 * (end-12a, end-12b) and {@code /v2/_catalog}.
 */
final class ListAnswers {

  /** The page size of the catalog where the client gives none: Distribution's. */
  private static final int CATALOG_PAGE = 100;

  private static final int MAX_CATALOG_PAGE = 1_000;

  private static final JsonFactory JSON = new JsonFactory();

  private final PullThroughCache cache;
  private final String links;

  /**
   * @param links what comes before the path in links to this server; empty for relative links
   */
  ListAnswers(PullThroughCache cache, String links) {
    this.cache = cache;
    this.links = links;
  }

  void tags(HttpServerExchange exchange, TagsRoute route, Routing.Target target) {
    String name = target.name();
    Answers.answer(
        exchange,
        requester -> cache.tags(route.name(), route.page(), requester),
        page -> {
          Outcome.answered(exchange, page.status());
          linkNext(exchange, target, page.next());
          send(
              exchange,
              lengthOf(page),
              json -> {
                json.writeStringProperty("name", name);
                writeNames(json, "tags", page);
              });
        });
  }

  void referrers(HttpServerExchange exchange, ReferrersRoute route, Routing.Target target) {
    Answers.answer(
        exchange,
        requester ->
            cache.referrers(
                route.name(), route.subject(), route.artifactType(), route.page(), requester),
        referrers -> {
          Outcome.answered(exchange, referrers.status());
          if (route.artifactType().isPresent()) {
            exchange.getResponseHeaders().put(RegistryHeaders.FILTERS_APPLIED, "artifactType");
          }
          linkNext(exchange, target, referrers.next());
          Answers.send(exchange, MediaType.OCI_INDEX.value(), referrers.body());
        });
  }

  void catalog(HttpServerExchange exchange, CatalogRoute route, Routing.Target target) {
    Page bounded =
        new Page(
            OptionalInt.of(Math.min(route.page().count().orElse(CATALOG_PAGE), MAX_CATALOG_PAGE)),
            route.page().last());
    Answers.answer(
        exchange,
        requester -> repositories(target, bounded, requester),
        page -> {
          Outcome.answered(exchange, page.status());
          linkNext(exchange, target, page.next());
          send(exchange, lengthOf(page), json -> writeNames(json, "repositories", page));
        });
  }

  private CompletionStage<NamePage> repositories(
      Routing.Target target, Page page, Requester requester) {
    return target.component().isPresent()
        ? cache.repositories(target.component().get(), page, requester)
        : cache.repositories(page, requester);
  }

  /** By the same path, because it may name the upstream. */
  private void linkNext(HttpServerExchange exchange, Routing.Target target, Optional<Page> page) {
    page.ifPresent(
        next ->
            exchange
                .getResponseHeaders()
                .put(
                    RegistryHeaders.LINK,
                    "<"
                        + links
                        + RequestTarget.path(exchange)
                        + "?"
                        + next.query()
                        + target
                            .namespace()
                            .map(name -> "&ns=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                            .orElse("")
                        + ">; rel=\"next\""));
  }

  /** A body that is not copied, neither while it grows nor at its end. */
  private static final class ListBody extends ByteArrayOutputStream {

    ListBody(int length) {
      super(length);
    }

    ByteBuffer content() {
      return ByteBuffer.wrap(buf, 0, count);
    }
  }

  /** The length of a body with these names, which need no escapes, and with little else. */
  private static int lengthOf(NamePage page) {
    int length = 512;
    for (String name : page.names()) {
      length += name.length() + 3;
    }
    return length;
  }

  private static void send(
      HttpServerExchange exchange, int length, Consumer<JsonGenerator> properties) {
    Answers.send(exchange, RegistryHeaders.JSON, length, () -> body(length, properties));
  }

  private static ByteBuffer body(int length, Consumer<JsonGenerator> properties) {
    ListBody body = new ListBody(length);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), body)) {
      json.writeStartObject();
      properties.accept(json);
      json.writeEndObject();
    }
    return body.content();
  }

  private static void writeNames(JsonGenerator json, String property, NamePage page) {
    json.writeArrayPropertyStart(property);
    page.names().forEach(json::writeString);
    json.writeEndArray();
  }
}
