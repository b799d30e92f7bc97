package dev.cistern.server.admin;

import dev.cistern.api.Printable;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.server.admin.UpstreamState.Allowance;
import dev.cistern.server.admin.UpstreamState.Event;
import dev.cistern.server.admin.UpstreamState.Latency;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the state of each upstream, from the events of the cache. Bounded, because clients can name
 * registries that are not listed. Thread-safe.
 */
final class UpstreamStates implements CacheListener {

  private static final int MOST = 200;
  private static final int LONGEST_TEXT = 300;

  /** How many times of answers are kept of an upstream. */
  private static final int TIMES = 64;

  /** Guarded by the enclosing object. */
  private static final class Known {
    private @Nullable Event down;
    private @Nullable Event lastAnswer;
    private @Nullable Event lastFailure;
    private @Nullable Allowance allowance;
    private final long[] nanos = new long[TIMES];
    private long answered;
    private long failed;

    private Optional<Latency> latency() {
      int count = (int) Math.min(answered, TIMES);
      if (count == 0) {
        return Optional.empty();
      }
      long[] sorted = Arrays.copyOf(nanos, count);
      Arrays.sort(sorted);
      return Optional.of(
          new Latency(Duration.ofNanos(sorted[count / 2]), Duration.ofNanos(sorted[count - 1])));
    }
  }

  private final InstantSource clock;
  private final Map<String, Known> upstreams = new LinkedHashMap<>(); // guarded by this
  private Map<String, List<String>> registries = Map.of(); // guarded by this

  UpstreamStates(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Takes up the upstreams of a configuration. Others that were asked before stay.
   *
   * @param configured what clients call the registries, by the names of the upstreams
   */
  synchronized void configure(Map<String, List<String>> configured) {
    registries = new LinkedHashMap<>(configured);
    Map<String, Known> before = new LinkedHashMap<>(upstreams);
    upstreams.clear();
    configured.keySet().forEach(name -> upstreams.put(name, new Known()));
    before.forEach(
        (name, known) -> {
          if (upstreams.containsKey(name) || known.answered + known.failed > 0) {
            upstreams.put(name, known);
          }
        });
  }

  private synchronized void change(String upstream, Consumer<Known> change) {
    @Nullable Known known = upstreams.get(upstream);
    if (known == null && upstreams.size() < MOST) {
      known = new Known();
      upstreams.put(upstream, known);
    }
    if (known != null) {
      change.accept(known);
    }
  }

  private Event now(@Nullable String text) {
    return new Event(clock.instant(), line(text == null ? "" : text));
  }

  /** A message in one line that is not too long. */
  static String line(String message) {
    return Printable.line(message, LONGEST_TEXT);
  }

  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    Event now = now("");
    change(
        call.upstream(),
        known -> {
          known.nanos[(int) (known.answered % TIMES)] = time.toNanos();
          known.answered++;
          known.lastAnswer = now;
        });
  }

  @Override
  public void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
    boolean absent =
        cause.kind() == UpstreamException.Kind.ABSENT
            || cause.kind() == UpstreamException.Kind.ABSENT_BEFORE;
    Event now = now(cause.getMessage());
    change(
        call.upstream(),
        known -> {
          if (absent) {
            // It answered, and as it should.
            known.lastAnswer = now;
          } else {
            known.failed++;
            known.lastFailure = now;
          }
        });
  }

  @Override
  public void upstreamDown(String upstream, String reason) {
    Event now = now(reason);
    change(upstream, known -> known.down = now);
  }

  @Override
  public void upstreamUp(String upstream) {
    change(upstream, known -> known.down = null);
  }

  @Override
  public void rateLimitSeen(String upstream, RateLimit limit) {
    Allowance now = new Allowance(limit, clock.instant());
    change(upstream, known -> known.allowance = now);
  }

  /** All upstreams: those of the configuration, then others that were asked. */
  synchronized List<UpstreamState> all() {
    List<UpstreamState> all = new ArrayList<>();
    upstreams.forEach(
        (name, known) ->
            all.add(
                new UpstreamState(
                    name,
                    registries.getOrDefault(name, List.of()),
                    Optional.ofNullable(known.down),
                    Optional.ofNullable(known.lastAnswer).map(Event::time),
                    Optional.ofNullable(known.lastFailure),
                    Optional.ofNullable(known.allowance),
                    known.latency(),
                    known.answered,
                    known.failed)));
    return all;
  }
}
