package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An upstream that is not called while it fails.
 *
 * <p>After {@value #THRESHOLD} failed calls in a row, further calls fail at once, with the reason
 * of the last failure. The last failed call is repeated in the background as a HEAD request, a few
 * seconds apart, until the upstream answers; no client waits for these probes. An upstream that
 * answers 429 is not called for the time that it asks for.
 *
 * <p>An upstream that answers a probe with 5xx may fail for that request only. Therefore the next
 * call is made on trial; if it fails, probing continues. Thread-safe.
 */
final class GuardedUpstream implements Upstream {

  private static final Logger log = LoggerFactory.getLogger(GuardedUpstream.class);

  private static final int THRESHOLD = 3;
  private static final Duration FIRST_PROBE = Duration.ofSeconds(1);
  private static final int MAX_PROBES = 8;

  /** The pause after a 429 without {@code Retry-After}. */
  private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(5);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** A cheap request that shows whether the upstream answers again. */
  @FunctionalInterface
  private interface Probe {
    void ask() throws RegistryException;
  }

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  private final Upstream upstream;
  private final InstantSource clock;
  private final ScheduledExecutorService probing;
  private final CacheListener listener;
  private final CircuitBreaker breaker = new CircuitBreaker(THRESHOLD, FIRST_PROBE);
  private final AtomicInteger probes = new AtomicInteger();

  private volatile String reason = "";
  private volatile Instant pausedUntil = Instant.MIN;
  private volatile Instant nextProbe = Instant.MIN;

  /**
   * Guards an upstream, and closes it when this is closed.
   *
   * @param probing makes the probes, which block; stays the caller's
   */
  GuardedUpstream(
      Upstream upstream,
      InstantSource clock,
      ScheduledExecutorService probing,
      CacheListener listener) {
    this.upstream = upstream;
    this.listener = listener;
    this.clock = clock;
    this.probing = probing;
  }

  @Override
  public String name() {
    return upstream.name();
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    if (breaker.isOpen()) {
      return Optional.of(
          notAsked(
                  ErrorCode.BAD_GATEWAY,
                  target,
                  "it is failing (last error: " + reason + "); next attempt " + nextAttempt())
              .build());
    }
    Instant until = pausedUntil;
    // The clock is read only when there may be a pause.
    if (until.equals(Instant.MIN)) {
      return Optional.empty();
    }
    Duration left = Duration.between(clock.instant(), until);
    if (left.isNegative() || left.isZero()) {
      return Optional.empty();
    }
    return Optional.of(
        notAsked(
                ErrorCode.TOOMANYREQUESTS,
                target,
                "it answered 429 (too many requests); next attempt in " + seconds(left))
            .retryAfter(left)
            .build());
  }

  private UpstreamException.Builder notAsked(ErrorCode code, Target target, String why) {
    return UpstreamException.builder(Kind.NOT_ASKED, code, name(), target, why);
  }

  private String nextAttempt() {
    Duration left = Duration.between(clock.instant(), nextProbe);
    return left.isNegative() || left.isZero() ? "now" : "in " + seconds(left);
  }

  private static String seconds(Duration left) {
    return Math.max(1, left.plusMillis(999).toSeconds()) + " s";
  }

  private <V> V guard(Target target, Call<V> call, Probe probe) throws RegistryException {
    Optional<UpstreamException> refusal = refusal(target);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    long era = breaker.era();
    try {
      V answer = call.make();
      succeeded();
      return answer;
    } catch (RegistryException e) {
      note(e, probe, era);
      throw e.code() == ErrorCode.TOOMANYREQUESTS && e.retryAfter().isEmpty()
          ? e.withRetryAfter(DEFAULT_PAUSE)
          : e;
    }
  }

  private void note(RegistryException outcome, Probe probe, long era) {
    if (outcome instanceof UpstreamException failure && failure.kind().concernsAll()) {
      failed(failure.reason(), probe, era);
    } else if (outcome.code() == ErrorCode.TOOMANYREQUESTS) {
      pause(outcome.retryAfter().orElse(DEFAULT_PAUSE));
      // It answers. Probes would only be more requests.
      succeeded();
    } else if (outcome.code() != ErrorCode.UNAVAILABLE) {
      // A refusal, or that something does not exist, is an answer too.
      succeeded();
    }
  }

  private void succeeded() {
    if (breaker.succeeded()) {
      log.info("Upstream {} answers again", name());
      listener.upstreamUp(name());
    }
  }

  private void failed(String why, Probe probe, long era) {
    reason = why;
    if (breaker.failed(era)) {
      log.warn(
          "Upstream {} failed {} times in a row; it is probed until it answers, and clients get"
              + " cached content or an error (last error: {})",
          name(),
          THRESHOLD,
          why);
      listener.upstreamDown(name(), why);
      scheduleProbe(probe, breaker.era());
    }
  }

  private synchronized void pause(Duration asked) {
    Duration pause = asked.compareTo(LONGEST_PAUSE) < 0 ? asked : LONGEST_PAUSE;
    Instant until = clock.instant().plus(pause);
    if (until.isAfter(pausedUntil)) {
      pausedUntil = until;
      log.warn(
          "Upstream {} answered 429 (too many requests); next attempt in {}",
          name(),
          seconds(pause));
    }
  }

  private void scheduleProbe(Probe probe, long opened) {
    Optional<Duration> wait = breaker.untilNextProbe(opened);
    if (wait.isEmpty()) {
      return;
    }
    nextProbe = clock.instant().plus(wait.get());
    try {
      Future<?> unused =
          probing.schedule(
              () -> probe(probe, opened), wait.get().toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Stopped probing upstream {}: the cache is closed", name());
    }
  }

  private void probe(Probe probe, long opened) {
    // A silent upstream delays each probe until its timeout. The next probe does not wait for it,
    // because the upstream may have recovered; but only a few may be in progress at once.
    scheduleProbe(probe, opened);
    if (breaker.era() != opened || probes.get() >= MAX_PROBES) {
      return;
    }
    probes.incrementAndGet();
    try {
      probe.ask();
      succeeded();
    } catch (RegistryException e) {
      if (e instanceof UpstreamException failure && failure.kind() == Kind.SERVER_ERROR) {
        breaker.closeOnTrial();
      } else {
        note(e, probe, opened);
      }
    } finally {
      probes.decrementAndGet();
    }
  }

  @Override
  public UpstreamManifest manifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return guard(
        Target.manifest(repository, reference),
        () -> upstream.manifest(repository, reference),
        () -> upstream.headManifest(repository, reference));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return guard(
        Target.manifest(repository, reference),
        () -> upstream.headManifest(repository, reference),
        () -> upstream.headManifest(repository, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName repository, Digest digest, ResumePoint from)
      throws RegistryException {
    return guard(
        Target.blob(repository, digest),
        () -> upstream.blob(repository, digest, from),
        () -> upstream.headBlob(repository, digest));
  }

  @Override
  public OptionalLong headBlob(RepositoryName repository, Digest digest) throws RegistryException {
    return guard(
        Target.blob(repository, digest),
        () -> upstream.headBlob(repository, digest),
        () -> upstream.headBlob(repository, digest));
  }

  @Override
  public TagList tags(RepositoryName repository, Page page) throws RegistryException {
    return guard(
        Target.tags(repository),
        () -> upstream.tags(repository, page),
        () -> upstream.tags(repository, page));
  }

  @Override
  public void close() {
    upstream.close();
  }
}
