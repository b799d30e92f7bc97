package dev.cistern.proxy.internal.guard;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedUpstreamTest {

  private static final Target TARGET = Target.manifest(ALPINE, LATEST);

  private static final Digest DIGEST = Digest.sha256(new byte[0]);

  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private final ManualClock clock = new ManualClock();
  private final ManualScheduler probing = new ManualScheduler();
  private final GuardedUpstream guarded =
      new GuardedUpstream(upstream, clock, probing, CacheListener.NONE);

  @AfterEach
  void end() {
    probing.shutdownNow();
  }

  private static RegistryException silence() {
    return failed(Kind.TIMEOUT, ErrorCode.GATEWAY_TIMEOUT, "timed out");
  }

  private static RegistryException serverError() {
    return failed(Kind.SERVER_ERROR, ErrorCode.BAD_GATEWAY, "it answered 500");
  }

  private static RegistryException failed(Kind kind, ErrorCode code, String reason) {
    return UpstreamException.builder(
            kind, code, "registry.example", Target.manifest(ALPINE, LATEST), reason)
        .build();
  }

  private static RegistryException failure(ErrorCode code) {
    return new RegistryException(code, "it said so");
  }

  private RegistryException ask() {
    return catchThrowableOfType(RegistryException.class, () -> guarded.manifest(ALPINE, LATEST));
  }

  private void open(RegistryException failure) {
    upstream.fail(failure);
    for (int i = 0; i < 3; i++) {
      assertThat(ask()).isSameAs(failure);
    }
    upstream.calls.clear();
  }

  private boolean isAsked() {
    upstream.calls.clear();
    ask();
    return !upstream.calls.isEmpty();
  }

  @Test
  void anUpstreamThatFailsThreeTimesIsNotCalled() {
    open(silence());

    RegistryException refusal = ask();

    assertThat(upstream.calls).isEmpty();
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(refusal).hasMessageContaining("registry.example").hasMessageContaining("timed out");
    assertThat(guarded.refusal(TARGET)).isPresent();
  }

  @Test
  void refusalsAndAbsencesAreAnswers() {
    for (ErrorCode code :
        List.of(ErrorCode.DENIED, ErrorCode.MANIFEST_UNKNOWN, ErrorCode.BAD_GATEWAY)) {
      for (int i = 0; i < 2; i++) {
        upstream.fail(silence());
        ask();
      }
      upstream.fail(failure(code));
      ask();
    }

    assertThat(guarded.refusal(TARGET)).isEmpty();
  }

  @Test
  void cancelledCallsDoNotCount() {
    upstream.fail(silence());
    ask();
    ask();
    upstream.fail(failure(ErrorCode.UNAVAILABLE));
    ask();
    assertThat(guarded.refusal(TARGET)).isEmpty();
    upstream.fail(silence());
    ask();

    assertThat(guarded.refusal(TARGET)).isPresent();
  }

  @Test
  void theLastFailedCallIsProbedByHead() {
    open(silence());

    probing.runNext();

    assertThat(upstream.calls).containsExactly("headManifest " + ALPINE + " " + LATEST);
  }

  @Test
  void blobsAreProbedWithoutFetchingThem() {
    upstream.fail(silence());
    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> guarded.blob(ALPINE, DIGEST));
    }
    upstream.calls.clear();

    probing.runNext();

    assertThat(upstream.calls).containsExactly("headBlob " + ALPINE);
  }

  @Test
  void everyKindOfCallIsGuarded() {
    open(silence());

    for (ScriptedUpstream.Script call :
        List.<ScriptedUpstream.Script>of(
            () -> guarded.headManifest(ALPINE, LATEST),
            () -> guarded.blob(ALPINE, DIGEST),
            () -> guarded.headBlob(ALPINE, DIGEST),
            () -> guarded.tags(ALPINE, Page.FIRST))) {
      assertThat(catchThrowableOfType(RegistryException.class, call::play)).isNotNull();
    }
    assertThat(upstream.calls).isEmpty();
  }

  @Test
  void anAnsweredProbeAllowsCallsAgain() {
    open(silence());
    upstream.work();

    probing.runNext();

    assertThat(guarded.refusal(TARGET)).isEmpty();
    assertThat(ask()).isNull();
  }

  @Test
  void absenceIsAnAnswerToAProbe() {
    open(silence());
    upstream.fail(failure(ErrorCode.MANIFEST_UNKNOWN));

    probing.runNext();

    assertThat(guarded.refusal(TARGET)).isEmpty();
  }

  @Test
  void probesContinueAtGrowingIntervalsUntilOneIsAnswered() {
    open(silence());
    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      seconds.add(probing.nextDelay().toSeconds());
      probing.runNext();
    }
    assertThat(seconds).containsExactly(1L, 2L, 4L, 5L, 5L);

    upstream.work();
    probing.runNext();
    upstream.calls.clear();
    while (probing.waiting() > 0) {
      probing.runNext();
    }
    assertThat(upstream.calls).isEmpty();
  }

  @Test
  void aHangingProbeDoesNotDelayTheNext() {
    open(silence());
    List<Integer> waitingMeanwhile = new ArrayList<>();
    upstream.onCall(() -> waitingMeanwhile.add(probing.waiting()));

    probing.runNext();

    assertThat(waitingMeanwhile).containsExactly(1);
  }

  @Test
  void aProbeThatGets5xxPutsTheNextCallOnTrial() {
    open(serverError());

    probing.runNext();

    assertThat(isAsked()).as("the next call, which fails").isTrue();
    assertThat(isAsked()).as("the call after that").isFalse();
  }

  @Test
  void anImageThatAlwaysFailsDoesNotBlockOthers() throws RegistryException {
    open(serverError());
    probing.runNext();
    upstream.work();

    guarded.manifest(DEBIAN, LATEST);

    upstream.fail(serverError());
    assertThat(isAsked()).isTrue();
    assertThat(isAsked()).isTrue();
  }

  @Test
  void aFailureOfACallFromBeforeTheLastSuccessDoesNotCount() {
    for (int i = 0; i < 5; i++) {
      upstream.onCall(
          () -> {
            upstream.work();
            guarded.manifest(DEBIAN, LATEST);
            throw silence();
          });
      ask();
    }

    assertThat(guarded.refusal(TARGET)).isEmpty();
  }

  @Test
  void a429PausesCallsForItsRetryAfter() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ofSeconds(60)));
    ask();
    clock.advance(Duration.ofSeconds(20));

    RegistryException refusal = ask();

    assertThat(upstream.calls).hasSize(1);
    assertThat(refusal.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(refusal.retryAfter()).hasValue(Duration.ofSeconds(40));
    assertThat(refusal).hasMessageContaining("registry.example");

    clock.advance(Duration.ofSeconds(40));
    assertThat(isAsked()).isTrue();
  }

  @Test
  void a429WithoutRetryAfterPausesCallsForFiveSeconds() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS));

    assertThat(ask().retryAfter()).hasValue(Duration.ofSeconds(5));

    clock.advance(Duration.ofSeconds(4));
    assertThat(isAsked()).isFalse();
    clock.advance(Duration.ofSeconds(1));
    assertThat(isAsked()).isTrue();
  }

  @Test
  void noPauseIsLongerThanAQuarterOfAnHour() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ofHours(6)));
    ask();

    clock.advance(Duration.ofMinutes(15));

    assertThat(isAsked()).isTrue();
  }

  @Test
  void a429ToAProbeEndsProbing() {
    open(silence());
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ofSeconds(60)));
    probing.runNext();
    upstream.calls.clear();

    while (probing.waiting() > 0) {
      probing.runNext();
    }

    assertThat(ask().code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(upstream.calls).isEmpty();
  }

  @Test
  void aClosedCacheSendsNoProbes() {
    probing.shutdownNow();

    open(silence());

    assertThat(probing.waiting()).isZero();
  }

  @Test
  void closingClosesTheUpstream() {
    guarded.close();

    assertThat(upstream.closed).isTrue();
  }
}
