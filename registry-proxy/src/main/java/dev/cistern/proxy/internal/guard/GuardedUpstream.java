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
 * An upstream that is not asked while it fails.
 *
 * <p>After {@value #THRESHOLD} calls in a row that found it unreachable, further calls fail at
 * once, with the last failure's reason. Meanwhile the call that failed last is repeated in the
 * background, as a HEAD request and every few seconds at most, until it gets an answer; no client
 * waits for that. An upstream that answers 429 is not asked for as long as it says.
 *
 * <p>An upstream that answers a probe with a failure of its own (5xx) may do so for that request
 * alone: the next call is sent on trial, and the first failure ends the trial. Thread-safe.
 */
final class GuardedUpstream implements Upstream {

  private static final Logger log = LoggerFactory.getLogger(GuardedUpstream.class);

  private static final int THRESHOLD = 3;
  private static final Duration FIRST_PROBE = Duration.ofSeconds(1);
  private static final int MAX_PROBES = 8;

  /** For an upstream that asks to be left alone and does not say for how long. */
  private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(5);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** Something to ask again, cheaply, to learn whether the upstream is back. */
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
   * Guards an upstream, which it owns from now on.
   *
   * @param probing makes the probes, which block; a few threads, not owned
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
    // The clock is read only when there may be something to wait for.
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
                "it answered 429; it is asked again in " + seconds(left))
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
      // It answers, and probes are requests as well.
      succeeded();
    } else if (outcome.code() != ErrorCode.UNAVAILABLE) {
      // Refusals and absences are answers as well.
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
          "Upstream {} failed {} times in a row and is only probed until it answers; last error:"
              + " {}",
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
      log.warn("Upstream {} answered 429; it is asked again in {}", name(), seconds(pause));
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
      log.debug("Upstream {} is no longer probed: the cache is closed", name());
    }
  }

  private void probe(Probe probe, long opened) {
    // A silent upstream holds each probe until its timeout. The next one does not wait for that,
    // since the upstream may have recovered; but only a few may be in progress at once.
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
