package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebAddressTest {

  @ParameterizedTest
  @CsvSource({
    "https://registry-1.docker.io, https://registry-1.docker.io",
    "https://registry-1.docker.io/, https://registry-1.docker.io",
    "HTTP://localhost:5000, HTTP://localhost:5000",
    "http://[::1]:5000, http://[::1]:5000",
    "https://repo.example.com/api/docker//, https://repo.example.com/api/docker",
    "http://team_registry_1:5000, http://team_registry_1:5000",
  })
  void readsUrlsWithoutTrailingSlashes(String text, String expected) {
    assertThat(WebAddress.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "registry-1.docker.io, starts with https://",
    "'', starts with https://",
    "ftp://example.com, starts with https://",
    "https://, is not a URL",
    "https:example.com, with a host",
    "https://exa mple.com, is not a URL",
    "https://example.com:99999, with a host",
    "http://a_b:x, with a host",
    "http://a_b:99999, with a host",
    "https://10.0.0.300, with a host",
    "https://256.1.1.1:5000, with a host",
    "http://1.2.3, with a host",
    "https://_a, with a host",
    "https://https://example.com, no port",
    "https://example.com/?a=b, query",
    "https://example.com#x, fragment",
  })
  void saysWhatIsWrong(String text, String reason) {
    assertThatThrownBy(() -> WebAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesCredentialsInTheUrlWithoutRepeatingThem() {
    assertThatThrownBy(() -> WebAddress.parse("https://me:hunter2@example.com"))
        .hasMessageContaining("user name or password")
        .hasMessageNotContaining("hunter2");
  }
}
