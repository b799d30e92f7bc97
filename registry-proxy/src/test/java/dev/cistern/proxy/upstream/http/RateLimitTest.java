package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rate limit that Docker Hub sends. */
class RateLimitTest {

  private static final Optional<Duration> SIX_HOURS = Optional.of(Duration.ofHours(6));

  @Test
  void isParsedAsDockerHubSendsIt() {
    assertThat(RateLimitHeaders.parse("100;w=21600", "76;w=21600"))
        .contains(new RateLimit(100, 76, SIX_HOURS));
    assertThat(RateLimitHeaders.parse("100", "76"))
        .contains(new RateLimit(100, 76, Optional.empty()));
    assertThat(RateLimitHeaders.parse("100", "76 ; w=21600"))
        .contains(new RateLimit(100, 76, SIX_HOURS));
    assertThat(RateLimitHeaders.parse("100;burst=5; w=60", "0"))
        .contains(new RateLimit(100, 0, Optional.of(Duration.ofMinutes(1))));
    assertThat(RateLimitHeaders.parse("100;w=-1", "5"))
        .contains(new RateLimit(100, 5, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "100, ''",
    "0, 0",
    "-1, 5",
    "100, -5",
    "1e3, 5",
    "unlimited, 5",
    "99999999999999999999999999, 5",
    "100, 99999999999999999999999999",
    "٣, 5",
    ";w=5, 5",
  })
  void isEmptyForInvalidHeaders(String limit, String remaining) {
    assertThat(RateLimitHeaders.parse(limit, remaining)).isEmpty();
  }

  @Test
  void oversizedHeadersAreIgnored() {
    assertThat(RateLimitHeaders.parse("1" + ";w=1".repeat(100_000), "1")).isEmpty();
    assertThat(RateLimitHeaders.parse("1".repeat(1_000_000), "1")).isEmpty();
  }

  @Test
  void isShortInLogs() {
    assertThat(new RateLimit(100, 76, SIX_HOURS))
        .hasToString("76 of 100 pulls left (window of 21600 s)");
    assertThat(new RateLimit(100, 76, Optional.empty())).hasToString("76 of 100 pulls left");
    assertThatIllegalArgumentException().isThrownBy(() -> new RateLimit(0, 0, Optional.empty()));
  }

  private static RateLimitWatch.Notice notice(@Nullable Integer before, int now) {
    return RateLimitWatch.notice(
        before == null ? null : new RateLimit(100, before, SIX_HOURS),
        new RateLimit(100, now, SIX_HOURS));
  }

  @Test
  void isLoggedWhenItIsNewOrAnotherQuarterIsUsedUp() {
    assertThat(notice(null, 100)).isEqualTo(RateLimitWatch.Notice.CHANGE);
    assertThat(notice(100, 99)).isEqualTo(RateLimitWatch.Notice.NONE);
    assertThat(notice(76, 75)).isEqualTo(RateLimitWatch.Notice.CHANGE);
    assertThat(notice(75, 74)).isEqualTo(RateLimitWatch.Notice.NONE);
    assertThat(notice(0, 100)).isEqualTo(RateLimitWatch.Notice.CHANGE);
    assertThat(
            RateLimitWatch.notice(
                new RateLimit(100, 99, SIX_HOURS), new RateLimit(200, 199, SIX_HOURS)))
        .isEqualTo(RateLimitWatch.Notice.CHANGE);
  }

  @Test
  void isAWarningWhenLittleOrNothingIsLeft() {
    assertThat(notice(null, 0)).isEqualTo(RateLimitWatch.Notice.ALARM);
    assertThat(notice(null, 9)).isEqualTo(RateLimitWatch.Notice.ALARM);
    assertThat(notice(10, 9)).isEqualTo(RateLimitWatch.Notice.ALARM);
    assertThat(notice(9, 8)).isEqualTo(RateLimitWatch.Notice.NONE);
    assertThat(notice(1, 0)).isEqualTo(RateLimitWatch.Notice.ALARM);
    assertThat(notice(0, 0)).isEqualTo(RateLimitWatch.Notice.NONE);
  }

  private static MockResponse limited(MockResponse answer, int remaining) {
    return answer
        .newBuilder()
        .setHeader("RateLimit-Limit", "100;w=21600")
        .setHeader("RateLimit-Remaining", remaining + ";w=21600")
        .build();
  }

  @Test
  void isReportedToTheListenerFromAnswersAndRefusals() throws RegistryException {
    List<RateLimit> told = new CopyOnWriteArrayList<>();
    List<MockResponse> answers =
        new CopyOnWriteArrayList<>(
            List.of(
                limited(Samples.manifestAnswer(), 1),
                limited(Samples.status(429), 0),
                Samples.manifestAnswer()));
    try (FakeServer registry = FakeServer.start(request -> answers.remove(0));
        Upstream upstream =
            Upstreams.connect(UpstreamConfig.builder(registry.url()).build(), limits(told))) {
      upstream.manifest(ALPINE, LATEST);
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.TOOMANYREQUESTS);
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(told)
        .containsExactly(new RateLimit(100, 1, SIX_HOURS), new RateLimit(100, 0, SIX_HOURS));
  }

  @Test
  void ofARedirectTargetIsNotTheUpstreams() throws RegistryException {
    List<RateLimit> told = new CopyOnWriteArrayList<>();
    try (FakeServer elsewhere = FakeServer.start(request -> limited(Samples.manifestAnswer(), 5));
        FakeServer registry = FakeServer.start(request -> Samples.redirect(307, elsewhere.url()));
        Upstream upstream =
            Upstreams.connect(UpstreamConfig.builder(registry.url()).build(), limits(told))) {
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(told).isEmpty();
  }

  private static CacheListener limits(List<RateLimit> told) {
    return new CacheListener() {
      @Override
      public void rateLimitSeen(String upstream, RateLimit limit) {
        told.add(limit);
      }
    };
  }
}
