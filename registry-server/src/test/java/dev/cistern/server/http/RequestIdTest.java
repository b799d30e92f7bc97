package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestIdTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"1", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "req_1.2~3", "!#$%&'*+-.^_`|~"})
  void clientsKeepATokenOfTheirs(String sent) {
    assertThat(RequestId.of(sent)).isEqualTo(sent);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        " ",
        "two words",
        "a\nb",
        "a\u001b[31mb",
        "a\"b",
        "a\\b",
        "a=b",
        "\u00fc",
        "a,b"
      })
  void anythingElseIsReplaced(String sent) {
    assertThat(RequestId.of(sent)).matches("[0-9a-f]{16}");
  }

  @Test
  void lengthIsBounded() {
    assertThat(RequestId.of("a".repeat(128))).hasSize(128);
    assertThat(RequestId.of("a".repeat(129))).hasSize(16);
  }

  @Test
  void newOnesDiffer() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      ids.add(RequestId.of(null));
    }

    assertThat(ids).hasSize(1_000);
  }
}
