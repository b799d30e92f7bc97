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
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    return failed(Kind.TIMEOUT, ErrorCode.GATEWAY_TIMEOUT, "timed out").build();
  }

  private static RegistryException noConnection() {
    return failed(Kind.CONNECTION, ErrorCode.BAD_GATEWAY, "no connection").unconnected().build();
  }

  private static RegistryException answered(int status) {
    return failed(
            Kind.SERVER_ERROR, ErrorCode.BAD_GATEWAY, "it answered " + status + ": secret/app")
        .status(status)
        .build();
  }

  private static UpstreamException.Builder failed(Kind kind, ErrorCode code, String reason) {
    return UpstreamException.builder(
        kind, code, "registry.example", Target.manifest(ALPINE, LATEST), reason);
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

  private @Nullable RegistryException ask(int image) {
    return catchThrowableOfType(
        RegistryException.class,
        () -> guarded.manifest(new RepositoryName("image-" + image), LATEST));
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
    open(noConnection());

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
    open(answered(500));

    probing.runNext();

    assertThat(isAsked()).as("the next call, which fails").isTrue();
    assertThat(isAsked()).as("the call after that").isFalse();
  }

  private @Nullable RegistryException check(int image) {
    return catchThrowableOfType(
        RegistryException.class,
        () -> guarded.headManifest(new RepositoryName("image-" + image), LATEST));
  }

  @Test
  void headRequestsThatGet500SayNothingAboutTheHost() {
    upstream.fail(answered(500));
    for (int i = 0; i < 10; i++) {
      check(i);
      check(0);
    }
    assertThat(guarded.refusal(TARGET)).isEmpty();

    upstream.fail(answered(503));
    for (int i = 0; i < 3; i++) {
      check(i);
    }
    assertThat(guarded.refusal(TARGET)).isPresent();
  }

  @Test
  void aHeadThatGets500NeitherClearsFailuresNorEndsATrial() {
    open(silence());
    upstream.fail(answered(500));
    probing.runNext();
    assertThat(guarded.refusal(TARGET)).isEmpty();

    check(0);
    upstream.fail(silence());

    assertThat(isAsked()).as("the call on trial, which fails").isTrue();
    assertThat(isAsked()).as("the call after that").isFalse();
  }

  @Test
  void credentialsThatWereNotSentSayNothingAboutTheHost() {
    RegistryException notSent = failed(Kind.CREDENTIALS, ErrorCode.DENIED, "no password").build();
    upstream.fail(silence());
    ask();
    ask();
    upstream.fail(notSent);
    ask();
    upstream.fail(silence());
    ask();
    assertThat(guarded.refusal(TARGET)).as("after three failures").isPresent();

    upstream.fail(notSent);
    probing.runNext();

    assertThat(guarded.refusal(TARGET)).as("after a probe that was not sent").isPresent();
  }

  @Test
  void credentialsThatAreMissingAfterAChallengeShowThatTheHostAnswers() {
    open(silence());
    upstream.fail(failed(Kind.CREDENTIALS, ErrorCode.DENIED, "no password").status(401).build());

    probing.runNext();

    assertThat(guarded.refusal(TARGET)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504, 507})
  void anImageThatAlwaysFailsDoesNotBlockOthers(int status) throws RegistryException {
    upstream.fail(answered(status));
    for (int i = 0; i < 100; i++) {
      ask();
    }
    upstream.work();

    guarded.manifest(DEBIAN, LATEST);
  }

  @Test
  void aBlobThatIsNeverAnsweredDoesNotBlockOthers() throws RegistryException {
    upstream.fail(silence());
    for (int i = 0; i < 4; i++) {
      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> guarded.blob(ALPINE, DIGEST));
    }
    assertThat(upstream.calls).as("the blob itself is refused").hasSize(3);
    upstream.work();

    guarded.manifest(ALPINE, LATEST);
  }

  @Test
  void anUpstreamWithoutAConnectionIsNotCalledForAnything() {
    open(noConnection());

    assertThat(ask(1)).hasMessageContaining("image-1").hasMessageContaining("no connection");
    assertThat(upstream.calls).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"503, 3", "502, 3", "504, 3"})
  void anUpstreamThatFailsForManyDifferentThingsIsNotCalled(int status, int enough) {
    upstream.fail(answered(status));
    for (int image = 0; image < enough; image++) {
      ask(image);
    }
    assertThat(upstream.calls).hasSize(enough);

    ask(enough);

    assertThat(upstream.calls).hasSize(enough);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 501, 520, 599})
  void anUpstreamThatFailsOnManyThingsIsCalledForOthers(int status) {
    upstream.fail(answered(status));
    for (int image = 0; image < 20; image++) {
      ask(image);
    }

    assertThat(upstream.calls).hasSize(20);
  }

  @Test
  void failuresOfOtherHostsSayNothingAboutTheUpstream() throws RegistryException {
    upstream.fail(
        failed(Kind.CONNECTION, ErrorCode.BAD_GATEWAY, "storage.example: no connection")
            .unconnected()
            .otherHost("storage.example")
            .build());
    for (int image = 0; image < 10; image++) {
      ask(image);
    }
    upstream.work();

    guarded.manifest(ALPINE, LATEST);
  }

  @Test
  void a429OfAnotherHostPausesNothing() throws RegistryException {
    upstream.fail(
        failed(Kind.RATE_LIMITED, ErrorCode.TOOMANYREQUESTS, "no token")
            .otherHost("auth.example")
            .retryAfter(Duration.ofMinutes(1))
            .build());
    ask();
    upstream.work();

    guarded.manifest(ALPINE, LATEST);
  }

  @Test
  void aRefusalNamesNothingThatAnotherClientRequested() {
    upstream.fail(answered(503));
    for (int image = 0; image < 3; image++) {
      ask(image);
    }

    assertThat(ask(7))
        .hasMessage(
            "Cannot get manifest image-7:latest (upstream registry.example): it is failing"
                + " (last error: it answered 503); next attempt in 1 s");
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

  private List<ScriptedUpstream.Script> kinds() {
    return List.of(
        () -> guarded.manifest(ALPINE, LATEST),
        () -> guarded.headManifest(ALPINE, LATEST),
        () -> guarded.blob(ALPINE, DIGEST),
        () -> guarded.headBlob(ALPINE, DIGEST),
        () -> guarded.tags(ALPINE, Page.FIRST));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void a429PausesOnlyItsKindOfRequest(int limited) {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS));
    assertThatExceptionOfType(RegistryException.class).isThrownBy(kinds().get(limited)::play);
    upstream.calls.clear();
    upstream.fail(failure(ErrorCode.DENIED));

    for (ScriptedUpstream.Script kind : kinds()) {
      assertThatExceptionOfType(RegistryException.class).isThrownBy(kind::play);
    }

    assertThat(upstream.calls).hasSize(4);
  }

  @Test
  void theRestOfABlobIsFetchedDuringAPause() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS));
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> guarded.blob(ALPINE, DIGEST));
    upstream.calls.clear();

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> guarded.blob(ALPINE, DIGEST, ResumePoint.at(1)));

    assertThat(upstream.calls).hasSize(1);
  }

  @Test
  void aRefusedPartOfABlobPausesNothing() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS));
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> guarded.blob(ALPINE, DIGEST, ResumePoint.at(1).upTo(2)));
    upstream.calls.clear();

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> guarded.blob(ALPINE, DIGEST));

    assertThat(upstream.calls).hasSize(1);
  }

  @Test
  void a429ThatAsksForNoPauseIsNotRepeatedAtOnce() {
    upstream.fail(failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ZERO));

    assertThat(ask().retryAfter()).hasValue(Duration.ofSeconds(1));

    assertThat(isAsked()).isFalse();
    clock.advance(Duration.ofSeconds(1));
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
    assertThat(ask().retryAfter()).hasValue(Duration.ofMinutes(15));

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
  void whatAnUpstreamsClientThrowsIsAFailureOfTheUpstream() {
    upstream.onCall(
        () -> {
          throw new NumberFormatException("Bearer secret");
        });
    ObservedUpstream observed = new ObservedUpstream(upstream, CacheListener.NONE, clock);

    UpstreamException failure =
        catchThrowableOfType(UpstreamException.class, () -> observed.headManifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
    assertThat(failure).hasMessageEndingWith("its answer cannot be read (NumberFormatException)");
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
