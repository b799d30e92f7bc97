package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenAnswerTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private static Token parse(String json) throws IOException {
    return TokenAnswer.parse(Samples.utf8(json), NOW);
  }

  private static Duration usable(String json) throws IOException {
    return Duration.between(NOW, parse(json).usableUntil());
  }

  @Test
  void takesTokenOrAccessToken() throws IOException {
    assertThat(parse("{\"token\":\"a\"}").value()).isEqualTo("a");
    assertThat(parse("{\"access_token\":\"b\"}").value()).isEqualTo("b");
    assertThat(parse("{\"token\":\"a\",\"access_token\":\"b\"}").value()).isEqualTo("a");
    assertThat(parse("{\"token\":\"\",\"access_token\":\"b\"}").value()).isEqualTo("b");
    assertThat(parse("{\"token\":null,\"access_token\":\"b\"}").value()).isEqualTo("b");
  }

  @Test
  void expiresAfterAMinuteByDefault() throws IOException {
    assertThat(usable("{\"token\":\"a\"}")).isEqualTo(Duration.ofSeconds(45));
    assertThat(usable("{\"token\":\"a\",\"expires_in\":\"soon\"}"))
        .isEqualTo(Duration.ofSeconds(45));
  }

  @Test
  void isRenewedBeforeItExpires() throws IOException {
    assertThat(usable("{\"token\":\"a\",\"expires_in\":300}")).isEqualTo(Duration.ofSeconds(285));
    assertThat(usable("{\"token\":\"a\",\"expires_in\":8}")).isEqualTo(Duration.ofSeconds(6));
  }

  @Test
  void isNotKeptWithoutALifetime() throws IOException {
    assertThat(parse("{\"token\":\"a\",\"expires_in\":0}").isUsableAt(NOW)).isFalse();
    assertThat(parse("{\"token\":\"a\",\"expires_in\":-5}").isUsableAt(NOW)).isFalse();
  }

  @Test
  void aHostileLifetimeIsBounded() throws IOException {
    assertThat(usable("{\"token\":\"a\",\"expires_in\":9223372036854775807}"))
        .isLessThan(Duration.ofDays(1));
    assertThat(usable("{\"token\":\"a\",\"expires_in\":1e300}")).isEqualTo(Duration.ofSeconds(45));
  }

  @Test
  void itsAgeCountsWhenItWasIssuedEarlier() throws IOException {
    assertThat(
            usable("{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"2026-11-23T11:58:20.5Z\"}"))
        .isEqualTo(Duration.ofMillis(300_000 - 99_500 - 15_000));
  }

  @Test
  void aDifferentClockShortensTheLifetimeToAMinuteAtMost() throws IOException {
    assertThat(
            usable("{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"2026-11-23T09:00:00Z\"}"))
        .isEqualTo(Duration.ofSeconds(45));
    assertThat(
            usable("{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"2026-11-23T13:00:00Z\"}"))
        .isEqualTo(Duration.ofSeconds(285));
    assertThat(usable("{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"yesterday\"}"))
        .isEqualTo(Duration.ofSeconds(285));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret-token",
        "[]",
        "\"secret-token\"",
        "{}",
        "{\"token\":17}",
        "{\"token\":\"secret-token\\r\\nX: y\"}",
        "{\"token\":\"secret token\"}",
        "{\"token\":\"secret-tok\u00e9n\"}",
        "{\"token\":\"secret-token\""
      })
  void refusesAnInvalidAnswerWithoutRepeatingIt(String json) {
    assertThatIOException()
        .isThrownBy(() -> parse(json))
        .satisfies(e -> assertThat(Failures.everythingSaidBy(e)).doesNotContain("secret"));
  }

  @Test
  void refusesATokenOfHostileLength() {
    assertThatIOException().isThrownBy(() -> parse("{\"token\":\"" + "a".repeat(70_000) + "\"}"));
  }

  @Test
  void doesNotShowItsValue() {
    assertThat(new Token("secret", NOW)).asString().doesNotContain("secret");
  }
}
