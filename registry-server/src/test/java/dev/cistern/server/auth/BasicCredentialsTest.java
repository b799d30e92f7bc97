package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BasicCredentialsTest {

  @Test
  void splitsAtTheFirstColon() {
    BasicCredentials login = BasicCredentials.parse(Hashes.basic("älice", "a:b")).orElseThrow();

    assertThat(login.user()).isEqualTo("älice");
    assertThat(login.password()).isEqualTo("a:b".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theSchemeHasAnyCase() {
    assertThat(BasicCredentials.parse("bAsIc YTpi")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic ",
        "Basic !!",
        "Basic YQ==",
        "Bearer YTpi",
        "BasicYTpi",
        "Basic /zpi"
      })
  void anythingElseIsNone(String header) {
    assertThat(BasicCredentials.parse(header)).isEmpty();
  }

  @Test
  void someClientsWriteNoLoginAsEmptyNames() {
    assertThat(BasicCredentials.parse("Basic Og==").orElseThrow().isEmpty()).isTrue();
  }
}
