package dev.cistern.server.metrics;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.server.http.CacheResult;
import dev.cistern.server.http.LoginRefusal;
import dev.cistern.server.http.Outcome;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.StatusCodes;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Answers to clients. Each request is counted once, when its answer has ended. Thread-safe. */
final class AnswerMetrics {

  /** Clients choose the method. All others share one label, so that labels are bounded. */
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  private final Map<String, StatusCounters> requests = new LinkedHashMap<>();
  private final StatusCounters otherRequests;
  private final CounterDataPoint bytes;
  private final Map<Outcome.Kind, EnumMap<CacheResult, CounterDataPoint>> answers =
      new EnumMap<>(Outcome.Kind.class);
  private final EnumCounter<StaleReason> stale;
  private final EnumCounter<LoginRefusal> refusedLogins;
  private final Map<Outcome.Kind, CounterDataPoint> saved = new EnumMap<>(Outcome.Kind.class);

  AnswerMetrics(PrometheusRegistry registry) {
    Counter http =
        counter("cistern_http_requests_total", "Requests answered, by method and status.")
            .labelNames("method", "status")
            .register(registry);
    METHODS.forEach(method -> requests.put(method, new StatusCounters(http, method)));
    otherRequests = new StatusCounters(http, "other");
    startAtZero("GET");
    startAtZero("HEAD");
    bytes =
        counter("cistern_http_response_bytes_total", "Bytes of response bodies sent.")
            .register(registry);
    Counter byResult =
        counter(
                "cistern_answers_total",
                "Requests answered, by what was asked for and how the answer came about.")
            .labelNames("kind", "cache")
            .register(registry);
    for (Outcome.Kind kind : Outcome.Kind.values()) {
      EnumMap<CacheResult, CounterDataPoint> results = new EnumMap<>(CacheResult.class);
      for (CacheResult result : CacheResult.values()) {
        results.put(result, byResult.labelValues(Labels.of(kind), result.word()));
      }
      answers.put(kind, results);
    }
    stale =
        new EnumCounter<>(
            registry,
            "cistern_stale_answers_total",
            "Stale answers, by why the upstream did not confirm them.",
            "reason",
            StaleReason.class);
    refusedLogins =
        new EnumCounter<>(
            registry,
            "cistern_refused_logins_total",
            "Requests whose credentials were not accepted, by the reason.",
            "reason",
            LoginRefusal.class);
    Counter savedBytes =
        counter(
                "cistern_saved_bytes_total",
                "Bytes of blobs and manifests sent that did not have to be fetched for this"
                    + " answer.")
            .labelNames("type")
            .register(registry);
    for (Outcome.Kind kind : List.of(Outcome.Kind.BLOB, Outcome.Kind.MANIFEST)) {
      saved.put(kind, savedBytes.labelValues(Labels.of(kind)));
    }
  }

  private static Counter.Builder counter(String name, String help) {
    return Counter.builder().name(name).help(help).withoutExemplars();
  }

  private void startAtZero(String method) {
    IntStream errors = Stream.of(ErrorCode.values()).mapToInt(ErrorCode::status);
    IntStream.concat(
            IntStream.of(StatusCodes.OK, StatusCodes.PARTIAL_CONTENT, StatusCodes.NOT_MODIFIED),
            errors)
        .forEach(Objects.requireNonNull(requests.get(method))::of);
  }

  /** Counts an exchange that is complete. */
  void answered(HttpServerExchange exchange, Outcome outcome) {
    long sent = exchange.getResponseBytesSent();
    requests
        .getOrDefault(exchange.getRequestMethod().toString(), otherRequests)
        .of(exchange.getStatusCode())
        .inc();
    bytes.inc(sent);
    CacheResult result = outcome.result();
    Objects.requireNonNull(Objects.requireNonNull(answers.get(outcome.kind())).get(result)).inc();
    if (result == CacheResult.STALE && outcome.status().orElse(null) instanceof Stale answer) {
      stale.inc(StaleReason.of(answer));
    }
    outcome.loginRefusal().ifPresent(refusedLogins::inc);
    CounterDataPoint spared = saved.get(outcome.kind());
    if (spared != null && (result.isFromCache() || result == CacheResult.COLLAPSED)) {
      spared.inc(sent);
    }
  }
}
