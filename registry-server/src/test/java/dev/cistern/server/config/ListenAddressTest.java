package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {

  @ParameterizedTest
  @CsvSource({
    ":5000, , 5000",
    ":0, , 0",
    "localhost:5000, localhost, 5000",
    "0.0.0.0:443, 0.0.0.0, 443",
    "[::]:5000, ::, 5000",
    "[::1]:65535, ::1, 65535",
    "cache.example-1.com:80, cache.example-1.com, 80",
  })
  void readsWhatGoListensOn(String text, String host, int port) {
    ListenAddress address = ListenAddress.parse(text);

    assertThat(address).isEqualTo(new ListenAddress(Optional.ofNullable(host), port));
    assertThat(address).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost:",
        "::1:5000",
        "http://localhost:5000",
        ":http",
        "a b:1",
        "[x]:1",
        ":-1",
        "/run/cistern.sock"
      })
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .hasMessageContaining("is not an address such as :5000");
  }

  @Test
  void tellsWhoeverWroteOnlyThePort() {
    assertThatThrownBy(() -> ListenAddress.parse("5000"))
        .hasMessageContaining("did you mean ':5000'?");
  }

  @Test
  void refusesPortsThatDoNotExist() {
    assertThatThrownBy(() -> ListenAddress.parse(":65536"))
        .hasMessageContaining("port above the limit of 65535");
    assertThatThrownBy(() -> new ListenAddress(Optional.empty(), 65536))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ListenAddress(Optional.of(""), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void resolvesToASocketAddress() {
    assertThat(ListenAddress.parse(":5000").socketAddress().getAddress().isAnyLocalAddress())
        .isTrue();
    assertThat(
            ListenAddress.parse("127.0.0.1:5000").socketAddress().getAddress().isLoopbackAddress())
        .isTrue();
    assertThat(ListenAddress.parse("[::1]:5000").socketAddress().getPort()).isEqualTo(5000);
  }
}
