package dev.cistern.server.admin;

import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.TagSummary;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.server.admin.UpstreamState.Allowance;
import dev.cistern.server.admin.UpstreamState.Event;
import dev.cistern.server.admin.UpstreamState.Latency;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.StatisticsResult;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The JSON documents. Sizes are in bytes, times in ISO 8601, durations in milliseconds. */
final class JsonAnswers {

  private static final int PAGE = 100;
  private static final int MOST = 1_000;

  private final View view;

  JsonAnswers(View view) {
    this.view = view;
  }

  /** What the command {@code stats} prints, and what only a running cache knows. */
  Answer stats(Request request) throws IOException {
    StatisticsResult statistics = view.count().statistics();
    return ok(
        json -> {
          json.put("version", view.version())
              .put("started", view.started())
              .put("now", view.clock().instant())
              .object("hour", hour -> write(hour, view.traffic().last(TrafficHistory.HOUR)))
              .object("day", day -> write(day, view.traffic().last(TrafficHistory.DAY)));
          statistics.write(json);
          json.put("transfers", view.cache().transfers().size())
              .objects("next", view.nextEvictions(), JsonAnswers::write)
              .objects("stale", view.stale().all(), JsonAnswers::write);
        });
  }

  private static void write(Json json, Traffic traffic) {
    json.put("hits", traffic.hits())
        .put("misses", traffic.misses())
        .put("stale", traffic.stale())
        .put("failed", traffic.failed())
        .put("sentBytes", traffic.sentBytes())
        .put("savedBytes", traffic.savedBytes())
        .put("fetchedBytes", traffic.fetchedBytes());
  }

  private static void write(Json json, ContentUse content) {
    json.put("digest", content.digest())
        .put("size", content.size())
        .put("lastUse", content.lastUse());
  }

  private static void write(Json json, StaleAnswer stale) {
    json.put("subject", stale.subject())
        .put("reason", stale.reason())
        .put("ageMillis", stale.age().toMillis())
        .put("last", stale.last())
        .put("count", stale.count());
  }

  Answer upstreams(Request request) {
    return ok(json -> json.objects("upstreams", view.upstreams().all(), JsonAnswers::write));
  }

  private static void write(Json json, UpstreamState upstream) {
    json.put("name", upstream.name())
        .strings("registries", upstream.registries())
        .is("down", upstream.down().isPresent())
        .put("downSince", upstream.down().map(Event::time))
        .put("downReason", upstream.down().map(Event::text))
        .put("lastAnswer", upstream.lastAnswer())
        .put("lastFailure", upstream.lastFailure().map(Event::time))
        .put("lastError", upstream.lastFailure().map(Event::text))
        .put("answered", upstream.answered())
        .put("failed", upstream.failed())
        .put("latencyMedianMillis", millis(upstream.latency().map(Latency::median)))
        .put("latencyMostMillis", millis(upstream.latency().map(Latency::most)))
        .put("rateLimit", number(upstream.rateLimit().map(known -> known.limit().limit())))
        .put("rateRemaining", number(upstream.rateLimit().map(known -> known.limit().remaining())))
        .put("rateSeen", upstream.rateLimit().map(Allowance::seen))
        .put("rateReset", upstream.rateLimit().flatMap(Allowance::reset));
  }

  Answer peers(Request request) {
    return ok(json -> json.objects("peers", view.cache().peers(), JsonAnswers::write));
  }

  private static void write(Json json, PeerState peer) {
    json.put("address", peer.address())
        .put("state", lower(peer.role()))
        .put("asked", peer.asked())
        .put("answered", peer.answered())
        .put("lastFailure", peer.lastFailure().map(PeerState.Failure::time))
        .put(
            "lastError",
            peer.lastFailure().map(PeerState.Failure::reason).map(UpstreamStates::line));
  }

  private static OptionalLong millis(Optional<Duration> time) {
    return number(time.map(Duration::toMillis));
  }

  private static OptionalLong number(Optional<Long> number) {
    return number.isPresent() ? OptionalLong.of(number.get()) : OptionalLong.empty();
  }

  Answer transfers(Request request) {
    return ok(json -> json.objects("transfers", view.transfers(), JsonAnswers::write));
  }

  private static void write(Json json, TransferState transfer) {
    json.put("digest", transfer.transfer().digest())
        .put("repository", transfer.transfer().repository())
        .put("upstream", transfer.transfer().upstream())
        .put("phase", lower(transfer.phase()))
        .put("size", transfer.size())
        .put("received", transfer.received())
        .put("readers", transfer.readers())
        .put("ageMillis", transfer.age().toMillis());
  }

  /** Repositories, or with the parameter {@code repository} the tags of one. */
  Answer repositories(Request request) throws IOException, RegistryException {
    int most = request.count(PAGE, MOST);
    String containing = request.text("q");
    String after = request.text("after");
    if (request.parameter("repository").isPresent()) {
      RepositoryName repository = RepositoryName.parse(request.text("repository"));
      return view.repositories()
          .tags(repository, containing, after, most)
          .map(
              found ->
                  ok(
                      json ->
                          json.put("repository", repository)
                              .objects("tags", found.tags(), JsonAnswers::write)
                              .put("next", found.next())))
          .orElseGet(JsonAnswers::notYet);
    }
    return view.repositories()
        .find(containing, after, most)
        .map(
            found ->
                ok(
                    json ->
                        json.objects("repositories", found.repositories(), JsonAnswers::write)
                            .put("next", found.next())))
        .orElseGet(JsonAnswers::notYet);
  }

  private static void write(Json json, RepositorySummary repository) {
    json.put("name", repository.repository())
        .put("tags", repository.tags())
        .put("contents", repository.contents())
        .put("bytes", repository.bytes())
        .put("lastUse", repository.lastUse())
        .is("complete", repository.extent() == RepositorySummary.Extent.ALL);
  }

  private static void write(Json json, TagSummary tag) {
    json.put("tag", tag.tag())
        .put("digest", tag.digest())
        .put("bytes", tag.bytes())
        .put("set", tag.set())
        .put("lastUse", tag.lastUse());
  }

  Answer tasks(Request request) {
    return ok(json -> json.objects("tasks", view.tasks().all(), JsonAnswers::write));
  }

  /** The answer to an action. */
  static Answer accepted(Task task) {
    return Answer.json(StatusCodes.ACCEPTED, json -> write(json, task));
  }

  private static void write(Json json, Task task) {
    json.put("id", task.id())
        .put("kind", lower(task.kind()))
        .put("subject", task.subject())
        .put("state", lower(task.state()))
        .put("started", task.started())
        .put("ended", task.ended())
        .put("detail", task.detail())
        .raw("result", task.result());
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static Answer ok(Consumer<Json> members) {
    return Answer.json(StatusCodes.OK, members);
  }

  private static Answer notYet() {
    return Answer.text(
        StatusCodes.SERVICE_UNAVAILABLE, "Storage is slow. The list is being made; ask again.");
  }
}
