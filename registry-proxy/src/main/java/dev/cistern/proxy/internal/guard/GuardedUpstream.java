package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.ForwardingUpstream;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
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
 * <p>When failed calls in a row show that the upstream's host is failing, further calls fail at
 * once, with the reason of the last failure; see {@link FailureRun} for how many it takes. The last
 * failed call is repeated in the background as a HEAD request, a few seconds apart, until the
 * upstream answers; no client waits for these probes. When only one thing fails again and again,
 * only calls for that thing fail at once. Failures of other hosts, of a token service or of the
 * target of a redirect, say nothing about the upstream.
 *
 * <p>An upstream that answers 429 to one kind of request gets no requests of that kind for the time
 * that it asks for. Others go on, and so does a transfer that has begun.
 *
 * <p>An upstream that answers a probe with 5xx may fail for that request only. Therefore the next
 * call is made on trial; if it fails, probing continues. Thread-safe.
 */
final class GuardedUpstream extends ForwardingUpstream {

  private static final Logger log = LoggerFactory.getLogger(GuardedUpstream.class);

  private static final Duration FIRST_PROBE = Duration.ofSeconds(1);
  private static final int MAX_PROBES = 8;

  /** A cheap request that shows whether the upstream answers again. */
  @FunctionalInterface
  private interface Probe {
    void ask() throws RegistryException;
  }

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  private final InstantSource clock;
  private final ScheduledExecutorService probing;
  private final CacheListener listener;
  private final CircuitBreaker breaker = new CircuitBreaker(FIRST_PROBE);
  private final Pauses<Target.Kind> pauses;
  private final AtomicInteger probes = new AtomicInteger();

  private volatile String reason = "";
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
    super(upstream);
    this.listener = listener;
    this.clock = clock;
    this.probing = probing;
    pauses = new Pauses<>(clock);
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return failing(target).or(() -> paused(target));
  }

  private Optional<UpstreamException> failing(Target target) {
    return breaker.isOpenFor(target.text())
        ? Optional.of(
            notAsked(
                    ErrorCode.BAD_GATEWAY,
                    target,
                    "it is failing (last error: " + reason + "); next attempt " + nextAttempt())
                .build())
        : Optional.empty();
  }

  private Optional<UpstreamException> paused(Target target) {
    return pauses
        .left(target.kind())
        .map(
            left ->
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
    Optional<UpstreamException> paused = paused(target);
    if (paused.isPresent()) {
      throw paused.get();
    }
    return guardStarted(target, call, probe);
  }

  /** As {@link #guard}, but without regard to pauses. */
  private <V> V guardStarted(Target target, Call<V> call, Probe probe) throws RegistryException {
    Optional<UpstreamException> failing = failing(target);
    if (failing.isPresent()) {
      throw failing.get();
    }
    long era = breaker.era();
    try {
      V answer = call.make();
      succeeded();
      return answer;
    } catch (RegistryException e) {
      note(e, target, probe, era);
      throw withBoundedPause(e);
    }
  }

  /** No client is asked to wait for longer than this does. */
  private static RegistryException withBoundedPause(RegistryException failure) {
    Optional<Duration> asked = failure.retryAfter();
    if (asked.isEmpty() && failure.code() != ErrorCode.TOOMANYREQUESTS) {
      return failure;
    }
    Duration pause = Pauses.bounded(asked);
    return asked.filter(pause::equals).isPresent() ? failure : failure.withRetryAfter(pause);
  }

  private void note(RegistryException outcome, Target target, Probe probe, long era) {
    if (outcome instanceof UpstreamException failure) {
      if (failure.otherHost().isPresent()) {
        return;
      }
      if (concernsEndpointOnly(target, failure)) {
        return;
      }
      if (failure.evidence() != Evidence.NONE) {
        failed(failure, target, probe, era);
        return;
      }
    }
    if (outcome.code() == ErrorCode.TOOMANYREQUESTS) {
      pause(target.kind(), Pauses.bounded(outcome.retryAfter()));
    }
    // A refusal, or that something does not exist, is an answer too. After a 429, probes would only
    // be more requests.
    if (isAnswer(outcome)) {
      succeeded();
    }
  }

  /**
   * Whether a HEAD failed where GET may work, or a list of referrers where pulls may: registries
   * exist that answer 500 to each of them. It shows neither that the host is failing nor that it
   * works.
   */
  private static boolean concernsEndpointOnly(Target target, UpstreamException failure) {
    boolean optional =
        switch (target.kind()) {
          case MANIFEST_HEAD, BLOB_HEAD, REFERRERS -> true;
          default -> false;
        };
    return optional && failure.evidence() != Evidence.NONE && failure.mayConcernFormOnly();
  }

  private static boolean isAnswer(RegistryException outcome) {
    if (outcome instanceof UpstreamException failure && failure.kind() == Kind.CREDENTIALS) {
      // Without an answer, the cache found out before it sent a request.
      return failure.status().isPresent();
    }
    return outcome.code() != ErrorCode.UNAVAILABLE;
  }

  private void succeeded() {
    if (breaker.succeeded()) {
      log.info("Upstream {} answers again", name());
      listener.upstreamUp(name());
    }
  }

  private void failed(UpstreamException failure, Target target, Probe probe, long era) {
    // Not what its body said, which may name what another client requested.
    String why =
        failure.status().isPresent()
            ? "it answered " + failure.status().getAsInt()
            : failure.reason();
    reason = why;
    switch (breaker.failed(era, failure.evidence(), target.text())) {
      case OPENED -> {
        log.warn(
            "Upstream {} is failing; it is probed until it answers, and clients get cached content"
                + " or an error (last error: {})",
            name(),
            why);
        listener.upstreamDown(name(), why);
        scheduleProbe(probe, target, breaker.opening());
      }
      case OPENED_FOR_ONE -> {
        log.debug("Upstream {} fails again and again for {}: {}", name(), target, why);
        scheduleProbe(probe, target, breaker.opening());
      }
      case NONE -> {}
    }
  }

  private void pause(Target.Kind kind, Duration pause) {
    if (pauses.start(kind, pause)) {
      log.warn(
          "Upstream {} answered 429 (too many requests) to a request of kind {}; next attempt in {}",
          name(),
          kind.name().toLowerCase(Locale.ROOT),
          seconds(pause));
    }
  }

  private void scheduleProbe(Probe probe, Target target, long opened) {
    Optional<Duration> wait = breaker.untilNextProbe(opened);
    if (wait.isEmpty()) {
      return;
    }
    nextProbe = clock.instant().plus(wait.get());
    try {
      Future<?> unused =
          probing.schedule(
              () -> probe(probe, target, opened), wait.get().toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Stopped probing upstream {}: the cache is closed", name());
    }
  }

  private void probe(Probe probe, Target target, long opened) {
    // A silent upstream delays each probe until its timeout. The next probe does not wait for it,
    // because the upstream may have recovered; but only a few may be in progress at once.
    scheduleProbe(probe, target, opened);
    if (breaker.opening() != opened || probes.get() >= MAX_PROBES) {
      return;
    }
    probes.incrementAndGet();
    long era = breaker.era();
    try {
      probe.ask();
      succeeded();
    } catch (RegistryException e) {
      if (e instanceof UpstreamException failure
          && (failure.kind() == Kind.SERVER_ERROR || failure.otherHost().isPresent())) {
        breaker.closeOnTrial();
      } else {
        note(e, target, probe, era);
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
        () -> delegate().manifest(repository, reference),
        () -> delegate().headManifest(repository, reference));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return guard(
        Target.manifestHead(repository, reference),
        () -> delegate().headManifest(repository, reference),
        () -> delegate().headManifest(repository, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName repository, Digest digest, ResumePoint from)
      throws RegistryException {
    Target target = Target.blob(repository, digest);
    if (from.end().isPresent()) {
      // A request besides another one for the same blob: an upstream that refuses it may only limit
      // how many there are at once.
      Optional<UpstreamException> failing = failing(target);
      if (failing.isPresent()) {
        throw failing.get();
      }
      return delegate().blob(repository, digest, from);
    }
    Call<UpstreamBlob> call = () -> delegate().blob(repository, digest, from);
    Probe probe = () -> delegate().headBlob(repository, digest);
    // The rest of a blob belongs to a pull that has begun.
    return from.position() > 0 ? guardStarted(target, call, probe) : guard(target, call, probe);
  }

  @Override
  public OptionalLong headBlob(RepositoryName repository, Digest digest) throws RegistryException {
    return guard(
        Target.blobHead(repository, digest),
        () -> delegate().headBlob(repository, digest),
        () -> delegate().headBlob(repository, digest));
  }

  @Override
  public TagList tags(RepositoryName repository, Page page) throws RegistryException {
    return guard(
        Target.tags(repository),
        () -> delegate().tags(repository, page),
        () -> delegate().tags(repository, page));
  }

  @Override
  public ReferrerList referrers(RepositoryName repository, Digest subject)
      throws RegistryException {
    return guard(
        Target.referrers(repository, subject),
        () -> delegate().referrers(repository, subject),
        () -> delegate().referrers(repository, subject));
  }
}
