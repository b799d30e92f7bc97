package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSectionTest {

  private static final String FILES = "certificate: /tls/cert.pem, key: /tls/key.pem";

  @ParameterizedTest
  @ValueSource(
      strings = {"", "http: {tls: }", "http: {tls: {}}", "http: {tls: {certificate: '', key: ''}}"})
  void plainHttpIsSpokenByDefault(String yaml) {
    assertThat(config(yaml).http().tls()).isEmpty();
  }

  @Test
  void certificateAndKeyTurnItOn() {
    assertThat(config("http: {tls: {" + FILES + "}}").http().tls())
        .contains(
            new TlsConfig(
                Path.of("/tls/cert.pem"), Path.of("/tls/key.pem"), TlsConfig.Version.TLS1_2));
  }

  @Test
  void oneWithoutTheOtherIsAnError() {
    assertThat(problems("http:\n  tls:\n    certificate: c\n"))
        .containsExactly("config.yml:3: http.tls.certificate: also set http.tls.key");
    assertThat(problems("http:\n  tls:\n    key: k\n"))
        .containsExactly("config.yml:3: http.tls.key: also set http.tls.certificate");
    assertThat(problems("http:\n  tls:\n    minimumtls: tls1.3\n"))
        .containsExactly(
            "config.yml:3: http.tls.minimumtls: also set http.tls.certificate and http.tls.key");
  }

  @ParameterizedTest
  @CsvSource({"tls1.0, TLSv1.2", "tls1.1, TLSv1.2", "tls1.2, TLSv1.2", "tls1.3, TLSv1.3"})
  void minimumtlsIsNeverBelow12(String text, String protocol) {
    assertThat(config("http: {tls: {" + FILES + ", minimumtls: " + text + "}}").http().tls())
        .hasValueSatisfying(tls -> assertThat(tls.minimum().protocol()).isEqualTo(protocol));
  }

  @Test
  void anotherVersionIsAnError() {
    assertThat(problems("http: {tls: {" + FILES + ", minimumtls: ssl3}}"))
        .containsExactly("config.yml:1: http.tls.minimumtls: 'ssl3' is not one of tls1.2, tls1.3");
  }

  @Test
  void aPathThatIsNoneIsAnError() {
    assertThat(problems("http: {tls: {certificate: \"a\\0b\", key: k}}"))
        .singleElement()
        .asString()
        .startsWith("config.yml:1: http.tls.certificate: ")
        .endsWith("is not a path");
  }

  @ParameterizedTest
  @CsvSource({
    "ciphersuites: [TLS_AES_256_GCM_SHA384], http.tls.ciphersuites",
    "letsencrypt: {email: me@example.com}, http.tls.letsencrypt",
  })
  void whatWouldLeaveTheServerLessGuardedIsRefused(String yaml, String key) {
    assertThat(problems("http:\n  tls:\n    certificate: c\n    key: k\n    " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:5: " + key + ": ")
        .contains("not supported yet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"clientcas: []", "ciphersuites: []", "letsencrypt: {}"})
  void whatIsEmptyIsNotRefused(String yaml) {
    assertThat(problems("http: {tls: {" + yaml + "}}")).isEmpty();
  }

  @Test
  void clientcasAsksClientsForCertificates() {
    assertThat(config("http: {tls: {" + FILES + ", clientcas: [/a.pem, /b.pem]}}").http().tls())
        .hasValueSatisfying(
            tls -> {
              assertThat(tls.clientCas()).containsExactly(Path.of("/a.pem"), Path.of("/b.pem"));
              assertThat(tls.clientAuth()).isEqualTo(TlsConfig.ClientAuth.REQUIRED);
            });
    assertThat(
            config(
                    "http: {tls: {"
                        + FILES
                        + ", clientcas: [/a.pem], clientauth: verify-client-cert-if-given}}")
                .http()
                .tls())
        .hasValueSatisfying(
            tls -> assertThat(tls.clientAuth()).isEqualTo(TlsConfig.ClientAuth.IF_GIVEN));
  }

  @ParameterizedTest
  @CsvSource({
    "'clientauth: require-and-verify-client-cert', also set http.tls.clientcas",
    "'clientauth: require-any-client-cert, clientcas: [/a.pem]', is not one of",
    "'clientauth: request-client-cert, clientcas: [/a.pem]', is not one of",
  })
  void whatWouldCheckNothingIsAnError(String keys, String problem) {
    assertThat(problems("http: {tls: {" + FILES + ", " + keys + "}}"))
        .singleElement()
        .asString()
        .contains(problem);
  }

  @Test
  void versionsThatTheJdkHasTurnedOffCountAsTheNextOne() {
    assertThat(warnings("http: {tls: {certificate: c, key: k, minimumtls: tls1.1}}"))
        .containsExactly(
            "config.yml:1: http.tls.minimumtls: tls1.1 counts as tls1.2: the JDK has turned off"
                + " older versions");
    assertThat(warnings("http: {tls: {certificate: c, key: k, minimumtls: tls1.2}}")).isEmpty();
  }
}
