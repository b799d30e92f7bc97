package dev.cistern.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Distribution specification 1.1, "Error codes". */
class ErrorTest {

  private static String body(RegistryException e) {
    return new String(ErrorBody.json(e), UTF_8);
  }

  @Nested
  class ABodyMust {

    @Test
    void holdAListOfErrorsWithCodeAndMessage() {
      assertThat(body(new RegistryException(ErrorCode.BLOB_UNKNOWN, "No blob x in y")))
          .isEqualTo(
              "{\"errors\":[{\"code\":\"BLOB_UNKNOWN\",\"message\":\"No blob x in y\",\"detail\":null}]}");
    }

    @Test
    void beJsonWhateverTheMessageHolds() {
      assertThat(body(new RegistryException(ErrorCode.UNKNOWN, "\"\\\r\n\u0000</script>ä")))
          .contains("\"message\":\"\\\"\\\\\\r\\n\\u0000</script>ä\"");
    }

    @Test
    void beUtf8EvenWithHalfASurrogatePair() {
      assertThat(body(new RegistryException(ErrorCode.UNKNOWN, "a\ud800b"))).contains("\"a?b\"");
    }
  }

  @Nested
  class ADetail {

    @ParameterizedTest
    @CsvSource({
      "PT0S, 0",
      "PT30S, 30",
      "PT1.2S, 2",
      "PT2562047788015215H30M7S, 9223372036854775807",
      "PT2562047788015215H30M7.9S, 9223372036854775807"
    })
    void holdsTheSecondsToWait(Duration wait, String seconds) {
      RegistryException e =
          new RegistryException(ErrorCode.TOOMANYREQUESTS, "Slow down").withRetryAfter(wait);
      assertThat(body(e)).endsWith("\"detail\":{\"retryAfter\":" + seconds + "}}]}");
    }
  }

  @Nested
  class AFailure {

    @Test
    void keepsEverythingWhenItGetsATimeToWait() {
      RegistryException e =
          new RegistryException(ErrorCode.BAD_GATEWAY, "It broke", new IOException("reset"));
      RegistryException later = e.withRetryAfter(Duration.ofSeconds(3));
      assertThat(later.retryAfter()).hasValue(Duration.ofSeconds(3));
      assertThat(later.code()).isEqualTo(e.code());
      assertThat(later).hasMessage("It broke").hasRootCauseMessage("reset");
      assertThat(later.getStackTrace()).isEqualTo(e.getStackTrace());
      assertThat(e.retryAfter()).isEmpty();
    }

    @Test
    void hasNoNegativeTimeToWait() {
      RegistryException e = new RegistryException(ErrorCode.UNKNOWN, "It broke");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> e.withRetryAfter(Duration.ofSeconds(-1)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BLOB_UNKNOWN, 404, BLOB_UNKNOWN",
    "MANIFEST_UNKNOWN, 404, MANIFEST_UNKNOWN",
    "NAME_UNKNOWN, 404, NAME_UNKNOWN",
    "NAME_INVALID, 400, NAME_INVALID",
    "DIGEST_INVALID, 400, DIGEST_INVALID",
    "TAG_INVALID, 400, TAG_INVALID",
    "MANIFEST_INVALID, 400, MANIFEST_INVALID",
    "PAGINATION_NUMBER_INVALID, 400, PAGINATION_NUMBER_INVALID",
    "RANGE_INVALID, 416, RANGE_INVALID",
    "UNAUTHORIZED, 401, UNAUTHORIZED",
    "DENIED, 403, DENIED",
    "UNSUPPORTED, 405, UNSUPPORTED",
    "TOOMANYREQUESTS, 429, TOOMANYREQUESTS",
    "UNAVAILABLE, 503, UNAVAILABLE",
    "BAD_GATEWAY, 502, UNAVAILABLE",
    "GATEWAY_TIMEOUT, 504, UNAVAILABLE",
    "UNKNOWN, 500, UNKNOWN"
  })
  void codesHaveTheirStatusAndWireName(ErrorCode code, int status, String wireName) {
    assertThat(code.status()).isEqualTo(status);
    assertThat(code.wireName()).isEqualTo(wireName);
  }
}
