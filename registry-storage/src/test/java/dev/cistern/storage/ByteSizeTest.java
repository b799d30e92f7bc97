package dev.cistern.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1024, 1024",
    "7B, 7",
    "1kB, 1000",
    "1KB, 1000",
    "500MB, 500000000",
    "2 GB, 2000000000",
    "1TB, 1000000000000",
    "1KiB, 1024",
    "1MiB, 1048576",
    "50GiB, 53687091200",
    "1TiB, 1099511627776",
    "1.5GiB, 1610612736",
  })
  void readsPowersOfThousandAndOf1024(String text, long expected) {
    assertThat(ByteSize.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "50G", "50gib", "GiB", "1 0", "1e3", "1.GiB", "50GiB/day"})
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a size");
  }

  @Test
  void refusesSizesThatDoNotFit() {
    assertThat(ByteSize.parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> ByteSize.parse("9223372036854775808"))
        .hasMessageContaining("too large");
    assertThatThrownBy(() -> ByteSize.parse("99999999TiB")).hasMessageContaining("too large");
  }
}
