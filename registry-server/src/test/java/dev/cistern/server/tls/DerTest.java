package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000})
  void whatIsWrittenIsReadBack(int length) throws PemException {
    byte[] content = new byte[length];

    byte[] value = Der.value(Der.OCTET_STRING, content);

    assertThat(new Der(value).next(Der.OCTET_STRING)).isEqualTo(content);
  }

  @Test
  void lengthsAreWrittenInTheirShortestForm() {
    assertThat(hex(Der.value(Der.NULL))).isEqualTo("0500");
    assertThat(hex(Der.value(Der.OCTET_STRING, new byte[127]))).startsWith("047f00");
    assertThat(hex(Der.value(Der.OCTET_STRING, new byte[128]))).startsWith("04818000");
    assertThat(hex(Der.value(Der.OCTET_STRING, new byte[256]))).startsWith("0482010000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "04", // no length
        "0401", // shorter than it says
        "0481", // a length that is cut off
        "048000", // indefinite, which is BER
        "0484ffffffff", // far longer than there is
        "048500000000010a", // a length that is too long itself
        "020100" // another tag
      })
  void whatIsNotTheValueIsAnError(String value) {
    assertThatThrownBy(() -> new Der(HexFormat.of().parseHex(value)).next(Der.OCTET_STRING))
        .isInstanceOf(PemException.class);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
