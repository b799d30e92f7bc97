package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthSectionTest {

  private static final String TOKEN =
      "realm: 'https://auth.example/token', service: cache, issuer: me";

  @ParameterizedTest
  @ValueSource(strings = {"", "auth: ", "auth: {}", "auth: none", "auth: {none: {}}"})
  void withoutItEveryoneMayPull(String yaml) {
    assertThat(config(yaml).auth()).isEqualTo(AuthConfig.NONE);
  }

  @Test
  void htpasswdNamesARealmAndAFile() {
    assertThat(config("auth: {htpasswd: {realm: basic-realm, path: /htpasswd}}").auth().htpasswd())
        .contains(new AuthConfig.Htpasswd("basic-realm", Path.of("/htpasswd")));
    assertThat(config("auth: {htpasswd: {path: /htpasswd}}").auth().htpasswd())
        .contains(new AuthConfig.Htpasswd("cistern", Path.of("/htpasswd")));
  }

  @Test
  void someImagesMayBePulledWithoutALogin() {
    AuthConfig auth =
        config("auth: {htpasswd: {path: /h}, anonymous: ['library/*', 'ghcr.io/*']}").auth();

    assertThat(auth.anonymous())
        .extracting(Object::toString)
        .containsExactly("library/*", "ghcr.io/*");
    assertThat(warnings("auth: {anonymous: ['library/*']}"))
        .containsExactly(
            "config.yml:1: auth.anonymous: has no effect: without auth.htpasswd or auth.token"
                + " everyone may pull");
  }

  @Test
  void tokenNamesAServiceAndItsKeys() {
    assertThat(config("auth: {token: {" + TOKEN + ", rootcertbundle: /ca.pem}}").auth().token())
        .hasValueSatisfying(
            token -> {
              assertThat(token.realm()).isEqualTo("https://auth.example/token");
              assertThat(token.service()).isEqualTo("cache");
              assertThat(token.issuer()).isEqualTo("me");
              assertThat(token.rootCertBundle()).contains(Path.of("/ca.pem"));
              assertThat(token.jwks()).isEmpty();
              assertThat(token.algorithms()).contains("RS256", "ES256", "EdDSA").hasSize(10);
            });
    assertThat(
            config("auth: {token: {" + TOKEN + ", jwks: /k.json, signingalgorithms: [ES256]}}")
                .auth()
                .token())
        .hasValueSatisfying(token -> assertThat(token.algorithms()).isEqualTo(List.of("ES256")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "auth: {htpasswd: {realm: r}} | config.yml:1: auth.htpasswd.path: must name a file",
        "auth: htpasswd | config.yml:1: auth.htpasswd: also set auth.htpasswd.path",
        "auth: {htpasswd: {path: /h}, none: } | use only one kind of authentication",
        "auth: silly | config.yml:1: auth.silly: is not supported",
        "auth: {silly: {realm: r, service: s}} | config.yml:1: auth.silly: is not supported",
        "auth: {other: } | config.yml:1: auth.other: is not supported",
        "auth: [htpasswd] | config.yml:1: auth: must be a section",
        "auth: {token: {realm: r}} | config.yml:1: auth.token.service: must name this cache",
        "auth: {token: {realm: 'https://a', service: s, issuer: i}} | also set this or"
            + " auth.token.jwks",
        "auth: {token: {realm: 'https://a', service: s, issuer: i, jwks: /k, autoredirect: true}} |"
            + " auth.token.autoredirect: is not supported",
        "auth: {token: {realm: 'https://a', service: s, issuer: i, jwks: /k, signingalgorithms:"
            + " [HS256]}} | 'HS256' is not one of",
        "auth: {token: {realm: 'https://a', service: s, issuer: i, jwks: /k, signingalgorithms:"
            + " [none]}} | 'none' is not one of",
        "auth: {htpasswd: {path: /h}, anonymous: ['a b']} | config.yml:1: auth.anonymous: 'a b' is"
            + " not a pattern",
      })
  void aServerThatCannotAuthenticateAsAskedDoesNotStart(String yaml, String problem) {
    assertThat(problems(yaml.strip())).anySatisfy(p -> assertThat(p).contains(problem.strip()));
  }
}
