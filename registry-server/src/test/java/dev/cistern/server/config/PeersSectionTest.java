package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeersSectionTest {

  private static final String SECRET = "secret: 'sixteen letters!'";

  private static PeersConfig peers(String yaml) {
    return config("proxy: {peers: {" + yaml + "}}").proxy().peers().orElseThrow();
  }

  @Test
  void aServerWorksAloneByDefault() {
    assertThat(config("").proxy().peers()).isEmpty();
    assertThat(config("proxy: {peers: }").proxy().peers()).isEmpty();
  }

  @Test
  void theAddressesAreAList() {
    PeersConfig peers =
        peers("addresses: ['one:5000', 'https://two'], self: 'one:5000', " + SECRET);

    assertThat(peers.addresses())
        .containsExactly(URI.create("http://one:5000"), URI.create("https://two:443"));
    assertThat(peers.self()).contains(URI.create("http://one:5000"));
    assertThat(peers.secret()).contains("sixteen letters!");
    assertThat(peers.answerTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(peers.stallTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(peers.toString()).doesNotContain("sixteen");
  }

  @Test
  void orANameOfDns() {
    PeersConfig peers =
        peers(
            "dns: 'cistern-headless:5000', secretfile: /run/secret, tls: {ca: /ca.pem},"
                + " answertimeout: 3s, stalltimeout: 2m");

    assertThat(peers.dns()).contains(URI.create("http://cistern-headless:5000"));
    assertThat(peers.addresses()).isEmpty();
    assertThat(peers.secretFile()).contains(Path.of("/run/secret"));
    assertThat(peers.ca()).contains(Path.of("/ca.pem"));
    assertThat(peers.answerTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(peers.stallTimeout()).isEqualTo(Duration.ofMinutes(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "secret: 'sixteen letters!' | proxy.peers.addresses: list the addresses of all servers",
        "addresses: [one:1], dns: two:1, secret: 'sixteen letters!' | proxy.peers.dns: proxy.peers.addresses is set too",
        "addresses: [one:1] | proxy.peers.secret: set the same secret on all servers",
        "addresses: [one:1], secret: 'sixteen letters!', secretfile: /x | proxy.peers.secretfile: proxy.peers.secret is set too",
        "addresses: [one:1], secret: short | proxy.peers.secret: must have at least 16 characters",
        "addresses: ['one:1/x'], secret: 'sixteen letters!' | proxy.peers.addresses: an address of a peer must be host:port",
        "addresses: [one:1, 'http://one:1'], secret: 'sixteen letters!' | proxy.peers.addresses: one:1 is there more than once",
        "addresses: [one], secret: 'sixteen letters!' | proxy.peers.addresses: an address of a peer must be host:port",
        "addresses: [one:1], self: two:1, secret: 'sixteen letters!' | proxy.peers.self: two:1 is none of proxy.peers.addresses",
        "addresses: [one:1], secret: 'sixteen letters!', answertimeout: 1ms | is not between 100ms and 1h",
      })
  void mistakesAreNamedWithWhatToDo(String yaml, String problem) {
    assertThat(problems("proxy: {peers: {" + yaml + "}}"))
        .singleElement()
        .asString()
        .contains(problem);
  }

  @Test
  void aSecretIsInNoMessage() {
    assertThat(problems("proxy: {peers: {addresses: ['x:1/y'], secret: hunter2}}"))
        .isNotEmpty()
        .noneMatch(problem -> problem.contains("hunter2"));
  }
}
