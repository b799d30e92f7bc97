package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {

  @Test
  void everythingHasADefault() {
    assertThat(config("")).isEqualTo(ServerConfig.defaults());
  }

  @Test
  void versionIsTheOneThatThereIs() {
    assertThat(problems("version: 0.1")).isEmpty();
    assertThat(problems("version: '0.1'")).isEmpty();
    assertThat(problems("version: 0.2"))
        .containsExactly(
            "config.yml:1: version: '0.2' is not a known version of the file format; it must be"
                + " 0.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "catalog: {maxentries: 5}",
        "compatibility: {schema1: {enabled: true}}",
        "middleware: {storage: [{name: redirect}]}",
        "notifications: {endpoints: [{name: hunter2}]}",
        "policy: {repository: {classes: [image]}}",
        "redis: {addr: 'localhost:6379', password: hunter2}",
        "reporting: {bugsnag: {apikey: hunter2}}",
        "validation: {disabled: true}",
      })
  void sectionsOfDistributionThatDoNothingHereAreWarnedAboutOnce(String yaml) {
    String key = yaml.substring(0, yaml.indexOf(':'));

    assertThat(warnings("version: 0.1\n" + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: " + key + ": has no effect: ")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({
    "proxi: {}, proxi, proxy",
    "'proxy: {remoteur: x}', proxy.remoteur, proxy.remoteurl",
    "'http: {tls: {cert: x}}', http.tls.cert, http.tls.key",
    "remoteurl: x, remoteurl, proxy.remoteurl",
    "'log: {accesslog: {disable: true}}', log.accesslog.disable, log.accesslog.disabled",
    "'proxy: {Remoteurl: x}', proxy.Remoteurl, proxy.remoteurl",
  })
  void anUnknownKeyIsAnErrorThatNamesTheNearest(String yaml, String key, String nearest) {
    assertThat(problems(yaml))
        .containsExactly("config.yml:1: " + key + ": unknown key; nearest known key: " + nearest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"log: loud", "http: 5000", "proxy: [a]", "log: {accesslog: true}"})
  void aSectionIsASection(String yaml) {
    assertThat(problems(yaml)).singleElement().asString().contains(": must be a section, not a ");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnceInTheOrderOfTheFile() {
    String yaml =
        """
        version: 0.3
        proxy:
          username: cistern
          remoteur: x
        http:
          addr: nowhere
          net: unix
        storage:
          s3: {}
        log: {level: loud, level: louder}
        """;

    assertThat(problems(yaml))
        .extracting(problem -> problem.substring(0, problem.indexOf(": ", 14)))
        .containsExactly(
            "config.yml:1: version",
            "config.yml:3: proxy.username",
            "config.yml:4: proxy.remoteur",
            "config.yml:6: http.addr",
            "config.yml:7: http.net",
            "config.yml:9: storage.s3",
            "config.yml:10: log.level",
            "config.yml:10: level");
  }
}
