package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxySectionTest {

  @Test
  void remoteurlIsDockerHubByDefault() {
    assertThat(config("").proxy().main().remoteUrl())
        .isEqualTo(URI.create("https://registry-1.docker.io"));
  }

  @Test
  void remoteurlIsTaken() {
    assertThat(config("proxy: {remoteurl: 'http://localhost:5001/'}").proxy().main().remoteUrl())
        .isEqualTo(URI.create("http://localhost:5001"));
  }

  @Test
  void remoteurlMustBeAUrl() {
    assertThat(problems("proxy:\n  remoteurl: registry-1.docker.io\n"))
        .containsExactly(
            "config.yml:2: proxy.remoteurl: must be a URL that starts with https:// or http://");
  }

  @Test
  void remoteurlMustNotEndWithThePathOfTheApi() {
    assertThat(problems("proxy: {remoteurl: 'https://r.example.com/mirror/v2/'}"))
        .containsExactly(
            "config.yml:1: proxy.remoteurl: a registry's URL must not end with /v2, which is added"
                + " to it; use https://r.example.com/mirror");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "proxy: {remoteurl: 'https://cistern:hunter2@example.com'}",
        "proxy: {remoteurl: 'hunter2 example'}",
        "proxy: {username: cistern, password: [hunter2]}",
        "proxy: {username: cistern, password: {a: hunter2}}",
        "proxy: {username: cistern, password: hunter2, passwrd: hunter2}",
        "proxy: hunter2",
        "proxy: {httpproxy: 'https://cistern:hunter2@proxy.example.com'}",
        "proxy: {httpproxy: 'hunter2:@:x y'}",
        "proxy: {httpproxy: 'http://cistern:hunter2@proxy.example.com/path'}",
        "proxy: {password: hunter2, passwordfile: /run/secrets/password}",
        "proxy: {username: cistern, password: hunter2, dockerconfig: /config.json}",
      })
  void noMessageRepeatsASecret(String yaml) {
    assertThat(problems(yaml))
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).doesNotContain("hunter2"));
  }

  @Test
  void noTextOfTheConfigurationHoldsThePassword() {
    assertThat(
            config(
                    "proxy: {username: cistern, password: hunter2,"
                        + " httpproxy: 'http://jane:hunter2@proxy.example.com:3128'}")
                .toString())
        .contains("cistern")
        .contains("proxy.example.com:3128")
        .doesNotContain("hunter2");
  }

  @Test
  void memorySuitsTheHeapByDefault() {
    assertThat(config("").proxy().memory()).isEmpty();
    assertThat(config("proxy: {memory: 32MiB}").proxy().memory()).hasValue(32L << 20);
    assertThat(config("proxy: {memory: 0}").proxy().memory()).hasValue(0L);
    assertThat(problems("proxy:\n  memory: much"))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: proxy.memory: ");
  }

  @ParameterizedTest
  @CsvSource({
    "freshness: x, is not a duration",
    "staleafter: 3, is not a duration",
    "negativettl: -1s, is negative",
    "revalidate: x, is not a duration",
  })
  void wrongDurationsAreErrors(String yaml, String problem) {
    assertThat(problems("proxy:\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: proxy.")
        .contains(problem);
  }

  @ParameterizedTest
  @CsvSource({"remotenamespace: library, proxy.remotenamespace"})
  void whatWouldAskTheUpstreamForSomethingElseIsRefused(String yaml, String key) {
    assertThat(problems("proxy:\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: " + key + ": ");
  }
}
