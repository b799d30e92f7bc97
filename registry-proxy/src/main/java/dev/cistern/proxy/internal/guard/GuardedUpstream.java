package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.UnreachableException;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
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
 * An upstream that is left alone while it does not work.
 *
 * <p>After {@value #THRESHOLD} calls in a row that found it unreachable, further calls fail at
 * once, with the last failure's reason. Meanwhile the call that failed last is repeated in the
 * background, as a HEAD request and every few seconds at most, until it gets an answer; no client
 * waits for that. An upstream that answers 429 is left alone for as long as it says.
 *
 * <p>An upstream that answers the background's request with a failure of its own (5xx) may do so
 * for that request alone: the next call goes out on trial, and the first failure ends the trial.
 * Thread-safe.
 */
public final class GuardedUpstream implements Upstream {

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
  private final CircuitBreaker breaker = new CircuitBreaker(THRESHOLD, FIRST_PROBE);
  private final AtomicInteger probes = new AtomicInteger();

  private volatile String reason = "";
  private volatile Instant pausedUntil = Instant.MIN;

  /**
   * Guards an upstream, which it owns from now on.
   *
   * @param probing makes the probes, which block; a few threads, not owned
   */
  public GuardedUpstream(Upstream upstream, InstantSource clock, ScheduledExecutorService probing) {
    this.upstream = upstream;
    this.clock = clock;
    this.probing = probing;
  }

  @Override
  public String name() {
    return upstream.name();
  }

  @Override
  public Optional<RegistryException> refusal() {
    if (breaker.isOpen()) {
      return Optional.of(
          new RegistryException(
              ErrorCode.BAD_GATEWAY, "Upstream " + name() + " does not work just now: " + reason));
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
        new RegistryException(
                ErrorCode.TOOMANYREQUESTS,
                "Upstream "
                    + name()
                    + " asked not to be asked for another "
                    + left.toSeconds()
                    + " s")
            .withRetryAfter(left));
  }

  private <V> V guard(Call<V> call, Probe probe) throws RegistryException {
    Optional<RegistryException> refusal = refusal();
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
    if (outcome instanceof UnreachableException) {
      failed(outcome.getMessage(), probe, era);
    } else if (outcome.code() == ErrorCode.TOOMANYREQUESTS) {
      pause(outcome.retryAfter().orElse(DEFAULT_PAUSE));
      // It works, and probes are requests as well.
      succeeded();
    } else if (outcome.code() != ErrorCode.UNAVAILABLE) {
      // Refusals and absences are answers as well.
      succeeded();
    }
  }

  private void succeeded() {
    if (breaker.succeeded()) {
      log.info("Upstream {} works again", name());
    }
  }

  private void failed(String why, Probe probe, long era) {
    reason = why;
    if (breaker.failed(era)) {
      log.warn("Upstream {} is not asked any more until it works again: {}", name(), why);
      scheduleProbe(probe, breaker.era());
    }
  }

  private synchronized void pause(Duration asked) {
    Duration pause = asked.compareTo(LONGEST_PAUSE) < 0 ? asked : LONGEST_PAUSE;
    Instant until = clock.instant().plus(pause);
    if (until.isAfter(pausedUntil)) {
      pausedUntil = until;
      log.warn("Upstream {} is not asked for {} s: it said 429", name(), pause.toSeconds());
    }
  }

  private void scheduleProbe(Probe probe, long opened) {
    Optional<Duration> wait = breaker.untilNextProbe(opened);
    if (wait.isEmpty()) {
      return;
    }
    try {
      Future<?> unused =
          probing.schedule(
              () -> probe(probe, opened), wait.get().toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Upstream {} is not probed any more: the cache is closed", name());
    }
  }

  private void probe(Probe probe, long opened) {
    // A silent upstream holds each probe until its timeout: the next must not wait for that, for
    // the upstream may have come back in between. But they must not pile up either.
    scheduleProbe(probe, opened);
    if (breaker.era() != opened || probes.get() >= MAX_PROBES) {
      return;
    }
    probes.incrementAndGet();
    try {
      probe.ask();
      succeeded();
    } catch (RegistryException e) {
      if (e instanceof UnreachableException unreachable && unreachable.isAnswer()) {
        breaker.onTrial();
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
        () -> upstream.manifest(repository, reference),
        () -> upstream.headManifest(repository, reference));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return guard(
        () -> upstream.headManifest(repository, reference),
        () -> upstream.headManifest(repository, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName repository, Digest digest, ResumePoint from)
      throws RegistryException {
    return guard(
        () -> upstream.blob(repository, digest, from), () -> upstream.headBlob(repository, digest));
  }

  @Override
  public OptionalLong headBlob(RepositoryName repository, Digest digest) throws RegistryException {
    return guard(
        () -> upstream.headBlob(repository, digest), () -> upstream.headBlob(repository, digest));
  }

  @Override
  public TagList tags(RepositoryName repository, Page page) throws RegistryException {
    return guard(() -> upstream.tags(repository, page), () -> upstream.tags(repository, page));
  }

  @Override
  public void close() {
    upstream.close();
  }
}
