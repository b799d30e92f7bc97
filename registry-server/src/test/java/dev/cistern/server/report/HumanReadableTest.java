package dev.cistern.server.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HumanReadableTest {

  @Test
  void sizesHaveTheUnitThatFits() {
    assertThat(HumanReadable.size(0)).isEqualTo("0 B");
    assertThat(HumanReadable.size(1023)).isEqualTo("1023 B");
    assertThat(HumanReadable.size(1536)).isEqualTo("1.5 KiB");
    assertThat(HumanReadable.size(100L << 30)).isEqualTo("100 GiB");
    assertThat(HumanReadable.size(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }

  @Test
  void durationsAreAsAConfigurationHasThem() {
    assertThat(HumanReadable.duration(Duration.ofDays(7))).isEqualTo("168h");
    assertThat(HumanReadable.duration(Duration.ofMinutes(90))).isEqualTo("1h30m");
    assertThat(HumanReadable.duration(Duration.ZERO)).isEqualTo("0s");
    assertThat(HumanReadable.days(Duration.ofDays(7))).isEqualTo("7 days");
    assertThat(HumanReadable.days(Duration.ofHours(24))).isEqualTo("24h");
    assertThat(HumanReadable.days(Duration.ofHours(49))).isEqualTo("49h");
  }
}
