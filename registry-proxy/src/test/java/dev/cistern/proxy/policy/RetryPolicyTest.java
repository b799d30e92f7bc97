package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RetryPolicyTest {

  private final RetryPolicy policy =
      new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(1));

  private static RegistryException failure(ErrorCode code) {
    return new RegistryException(code, "it broke off");
  }

  private Optional<Duration> pause(int failures, double random) {
    return policy.pauseAfter(failure(ErrorCode.BAD_GATEWAY), failures, random);
  }

  @ParameterizedTest
  @CsvSource({"1, 100", "2, 200", "3, 400", "4, 800", "5, 1000"})
  void pausesDoubleUpToTheLongest(int failures, long millis) {
    assertThat(pause(failures, 1)).hasValue(Duration.ofMillis(millis));
  }

  @Test
  void jitterShortensPausesByUpToHalf() {
    assertThat(pause(1, 0)).hasValue(Duration.ofMillis(50));
    assertThat(pause(1, 0.5)).hasValue(Duration.ofMillis(75));
    assertThat(pause(5, 0)).hasValue(Duration.ofMillis(500));
  }

  @Test
  void triesAreBounded() {
    assertThat(pause(6, 0)).isEmpty();
  }

  @Test
  void noCountOverflows() {
    RetryPolicy stubborn =
        new RetryPolicy(Integer.MAX_VALUE, Duration.ofMillis(100), Duration.ofSeconds(1));

    assertThat(stubborn.pauseAfter(failure(ErrorCode.BAD_GATEWAY), Integer.MAX_VALUE, 1))
        .hasValue(Duration.ofSeconds(1));
  }

  @Test
  void retryAfterIsRespected() {
    RegistryException busy =
        failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ofMillis(900));

    assertThat(policy.pauseAfter(busy, 1, 1)).hasValue(Duration.ofMillis(900));
  }

  @Test
  void noPauseIsLongerThanTheLongest() {
    RegistryException busy =
        failure(ErrorCode.TOOMANYREQUESTS).withRetryAfter(Duration.ofMillis(1001));

    assertThat(policy.pauseAfter(busy, 1, 1)).isEmpty();
  }

  @Test
  void absenceIsRetriedAFewTimesOnly() {
    assertThat(policy.pauseAfter(failure(ErrorCode.BLOB_UNKNOWN), 3, 1)).isPresent();
    assertThat(policy.pauseAfter(failure(ErrorCode.BLOB_UNKNOWN), 4, 1)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "BAD_GATEWAY",
        "GATEWAY_TIMEOUT",
        "TOOMANYREQUESTS",
        "DENIED",
        "BLOB_UNKNOWN",
        "REQUEST_REFUSED"
      })
  void temporaryFailuresAreRetried(ErrorCode code) {
    assertThat(policy.pauseAfter(failure(code), 1, 1)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {
        "BAD_GATEWAY",
        "GATEWAY_TIMEOUT",
        "TOOMANYREQUESTS",
        "DENIED",
        "BLOB_UNKNOWN",
        "REQUEST_REFUSED"
      })
  void permanentFailuresAreNotRetried(ErrorCode code) {
    assertThat(policy.pauseAfter(failure(code), 1, 1)).isEmpty();
  }

  @Test
  void theDefaultPolicyCoversHalfAMinute() {
    Duration all = Duration.ZERO;
    for (int failures = 1; failures <= RetryPolicy.DEFAULT.tries(); failures++) {
      all =
          all.plus(
              RetryPolicy.DEFAULT
                  .pauseAfter(failure(ErrorCode.BAD_GATEWAY), failures, 1)
                  .orElseThrow());
    }
    assertThat(all).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(35));
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(-1, Duration.ZERO, Duration.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(1, Duration.ofMillis(-1), Duration.ZERO));
  }
}
