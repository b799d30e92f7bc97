package dev.cistern.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "+0, PT0S",
    "0s, PT0S",
    "168h, PT168H",
    "1m30s, PT1M30S",
    "1.5h, PT1H30M",
    ".5s, PT0.5S",
    "1.s, PT1S",
    "+2s, PT2S",
    "300ms, PT0.3S",
    "15us, PT0.000015S",
    "15µs, PT0.000015S",
    "7ns, PT0.000000007S",
    "1h1h, PT2H",
    "30s1m, PT1M30S",
    "0.9ns, PT0S",
  })
  void readsWhatGoWrites(String text, Duration expected) {
    assertThat(GoDuration.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "1", "1.5", "s", "1d", "1 s", "1h ", "h1", "1e3s", "∞", "1s-1s", ".s", "1S", "٣s"
      })
  void refusesWhatGoDoesNotRead(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-1s", "-0.5h"})
  void refusesDurationsBelowZero(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text)).hasMessageContaining("is negative");
  }

  @Test
  void readsUpToWhatGoCanHold() {
    assertThat(GoDuration.parse("9223372036854775807ns"))
        .isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
    assertThatThrownBy(() -> GoDuration.parse("9223372036854775808ns"))
        .hasMessageContaining("too long");
    assertThatThrownBy(() -> GoDuration.parse("9".repeat(40) + "h"))
        .hasMessageContaining("too long");
  }

  @Test
  void refusesOverlongTextWithoutMuchWork() {
    assertThatThrownBy(() -> GoDuration.parse("1s".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
