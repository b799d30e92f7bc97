package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TextTest {

  @Test
  void sizesHaveTheUnitThatFits() {
    assertThat(Text.size(0)).isEqualTo("0 B");
    assertThat(Text.size(1023)).isEqualTo("1023 B");
    assertThat(Text.size(1536)).isEqualTo("1.5 KiB");
    assertThat(Text.size(100L << 30)).isEqualTo("100 GiB");
    assertThat(Text.size(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }

  @Test
  void durationsAreAsAConfigurationHasThem() {
    assertThat(Text.duration(Duration.ofDays(7))).isEqualTo("168h");
    assertThat(Text.duration(Duration.ofMinutes(90))).isEqualTo("1h30m");
    assertThat(Text.duration(Duration.ZERO)).isEqualTo("0s");
  }
}
