package dev.cistern.server.metrics;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.TokenRequest;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.UpstreamException;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests to upstreams: how many, their outcome and their time. Labels are bounded: upstreams come
 * from the configuration, kinds and outcomes are enums. Thread-safe.
 */
final class UpstreamMetrics implements CacheListener {

  /** How many upstreams have series of their own. Each has about fifty. */
  private static final int MAX_UPSTREAMS = 200;

  private static final String UPSTREAM = "upstream";

  /** The points of one upstream and one kind of request. */
  private record Calls(
      CounterDataPoint answered,
      Map<UpstreamException.Kind, CounterDataPoint> failed,
      DistributionDataPoint time) {}

  private final Counter requests;
  private final Histogram responseTime;
  private final Histogram transferTime;
  private final Counter tokens;
  private final Gauge down;
  private final Gauge pullLimit;
  private final Gauge pullsRemaining;
  private final Map<String, Map<UpstreamCall.Kind, Calls>> calls = new ConcurrentHashMap<>();

  UpstreamMetrics(PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name("cistern_upstream_requests_total")
            .help("Requests to upstreams, redirects included, by endpoint and outcome.")
            .labelNames(UPSTREAM, "kind", "outcome")
            .withoutExemplars()
            .register(registry);
    responseTime =
        histogram(
                "cistern_upstream_response_seconds",
                "Time until an upstream had answered: a blob with its headers, anything else with"
                    + " the whole answer.")
            .classicUpperBounds(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30)
            .labelNames(UPSTREAM, "kind")
            .register(registry);
    transferTime =
        histogram(
                "cistern_upstream_transfer_seconds",
                "Time from the headers of a blob to the end of its body.")
            .classicUpperBounds(.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900)
            .labelNames(UPSTREAM)
            .register(registry);
    tokens =
        Counter.builder()
            .name("cistern_upstream_token_requests_total")
            .help("Requests for tokens to an upstream's token service, by outcome.")
            .labelNames(UPSTREAM, "outcome")
            .withoutExemplars()
            .register(registry);
    down =
        gauge(
            registry,
            "cistern_upstream_down",
            "1 while an upstream is not asked because it is failing, else 0.");
    pullLimit =
        gauge(
            registry,
            "cistern_upstream_ratelimit_limit",
            "Pulls that the upstream allows in a window, as it last said.");
    pullsRemaining =
        gauge(
            registry,
            "cistern_upstream_ratelimit_remaining",
            "Pulls that are left in the upstream's window, as it last said.");
  }

  private static Histogram.Builder histogram(String name, String help) {
    return Histogram.builder().name(name).help(help).classicOnly().withoutExemplars();
  }

  private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
    return Gauge.builder().name(name).help(help).labelNames(UPSTREAM).register(registry);
  }

  /** The name of an upstream; {@code other} for those that clients name once there are many. */
  private String label(String upstream) {
    return calls.containsKey(upstream) || calls.size() < MAX_UPSTREAMS ? upstream : "other";
  }

  /** Makes the counters of an upstream start at 0. */
  void start(String upstream) {
    calls.computeIfAbsent(upstream, this::calls);
    transferTime.initLabelValues(upstream);
    for (TokenOutcome outcome : TokenOutcome.values()) {
      tokens.initLabelValues(upstream, Labels.of(outcome));
    }
    down.initLabelValues(upstream);
  }

  private Map<UpstreamCall.Kind, Calls> calls(String upstream) {
    Map<UpstreamCall.Kind, Calls> kinds = new EnumMap<>(UpstreamCall.Kind.class);
    for (UpstreamCall.Kind kind : UpstreamCall.Kind.values()) {
      String label = Labels.of(kind);
      Map<UpstreamException.Kind, CounterDataPoint> failed =
          new EnumMap<>(UpstreamException.Kind.class);
      for (UpstreamException.Kind failure : UpstreamException.Kind.values()) {
        failed.put(failure, requests.labelValues(upstream, label, Labels.of(failure)));
      }
      kinds.put(
          kind,
          new Calls(
              requests.labelValues(upstream, label, "ok"),
              failed,
              responseTime.labelValues(upstream, label)));
    }
    return kinds;
  }

  private Calls calls(UpstreamCall call) {
    return Objects.requireNonNull(
        calls.computeIfAbsent(label(call.upstream()), this::calls).get(call.kind()));
  }

  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    Calls points = calls(call);
    points.answered.inc();
    points.time.observe(seconds(time));
  }

  @Override
  public void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
    Objects.requireNonNull(calls(call).failed.get(cause.kind())).inc();
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    if (call.kind() == UpstreamCall.Kind.BLOB) {
      transferTime.labelValues(label(call.upstream())).observe(seconds(time));
    }
  }

  @Override
  public void tokenRequested(TokenRequest request, TokenOutcome outcome, Duration time) {
    tokens.labelValues(label(request.upstream()), Labels.of(outcome)).inc();
  }

  @Override
  public void upstreamDown(String upstream, String reason) {
    down.labelValues(label(upstream)).set(1);
  }

  @Override
  public void upstreamUp(String upstream) {
    down.labelValues(label(upstream)).set(0);
  }

  @Override
  public void rateLimitSeen(String upstream, RateLimit limit) {
    pullLimit.labelValues(label(upstream)).set((double) limit.limit());
    pullsRemaining.labelValues(label(upstream)).set((double) limit.remaining());
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
