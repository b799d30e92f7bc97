package dev.cistern.proxy.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeersTest {

  private static final String SECRET = "sixteen letters!";
  private static final URI ONE = Peers.address("one:5000");
  private static final URI TWO = Peers.address("two:5000");

  @ParameterizedTest
  @CsvSource({
    "cistern-1:5000, http://cistern-1:5000",
    "Cistern-1:5000, http://cistern-1:5000",
    "10.0.0.1:5000, http://10.0.0.1:5000",
    "[fd00::1]:5000, http://[fd00::1]:5000",
    "http://cistern-1:5000/, http://cistern-1:5000",
    "https://cistern-1, https://cistern-1:443",
    "http://cistern-1, http://cistern-1:80",
  })
  void anAddressIsAHostWithAPort(String text, String address) {
    assertThat(Peers.address(text)).hasToString(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "one",
        "ftp://one:5000",
        "http://one:5000/path",
        "http://me:pw@one:5000",
        "one:5000?x",
        "one two",
        "one:99999999",
        "http://"
      })
  void anythingElseIsRefusedWithWhatToWrite(String text) {
    assertThatThrownBy(() -> Peers.address(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host:port");
  }

  @Test
  void selfMustBeOneOfTheAddresses() {
    assertThat(Peers.at(List.of(ONE, TWO), SECRET).self(TWO).build().self()).contains(TWO);
    assertThatThrownBy(() -> Peers.at(List.of(ONE), SECRET).self(TWO).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two:5000");
  }

  @Test
  void aClusterNeedsAddressesAndASecret() {
    assertThatThrownBy(() -> Peers.at(List.of(), SECRET))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Peers.at(List.of(ONE), "short").build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Peers.named(ONE, SECRET).build().toString()).contains("one").doesNotContain(SECRET);
  }
}
