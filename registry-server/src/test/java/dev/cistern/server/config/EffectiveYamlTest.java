package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveYamlTest {

  private static final String PROXY = "http://user:SEKRET@proxy:3128";

  private static EffectiveConfig read(String yaml, Map<String, String> environment)
      throws ConfigException {
    return new ConfigLoader(Configurations.DRIVERS).effective("config.yml", yaml, environment);
  }

  @Test
  void thePasswordOfAnHttpProxyIsNotShown() throws ConfigException {
    String yaml =
        read(
                "proxy: {httpproxy: '%s', upstreams: [{name: ghcr.io, httpproxy: '%s'}]}"
                    .formatted(PROXY, PROXY),
                Map.of())
            .yaml();

    assertThat(yaml).doesNotContain("SEKRET", "user:");
    assertThat(yaml.split("httpproxy: \"http://\\*{8}@proxy:3128\"", -1)).hasSize(3);
  }

  @Test
  void thePasswordOfAnHttpProxyInTheEnvironmentIsNotShown() throws ConfigException {
    String yaml = read("", Map.of("REGISTRY_PROXY_HTTPPROXY", PROXY)).yaml();

    assertThat(yaml)
        .doesNotContain("SEKRET")
        .contains("\"http://********@proxy:3128\"", "# REGISTRY_PROXY_HTTPPROXY");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://u:SEKRET@host",
        "http://SEKRET@host/path",
        "http://u:SEK/RET@host",
        "http://u:SEK@RET@host",
        "see https://u:SEKRET@host for more"
      })
  void aUrlInAnyValueHasItsUserInfoMasked(String value) throws ConfigException {
    String yaml = read("log: {fields: {place: '%s'}}".formatted(value), Map.of()).yaml();

    assertThat(yaml).doesNotContain("SEK", "RET").contains("://********@host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization",
        "X-Authorization",
        "Set-Cookie",
        "X-Api-Key",
        "X.Token.Of.Mine",
        "client_secret_1",
        "PASSWORD_OLD"
      })
  void headersAndFieldsWithTheNameOfASecretAreNotShown(String name) throws ConfigException {
    String yaml =
        read(
                "http: {headers: {%s: [SEKRET, SEKRET]}}\nlog: {fields: {%s: SEKRET}}"
                    .formatted(name, name),
                Map.of())
            .yaml();

    assertThat(yaml).doesNotContain("SEKRET").contains(name + ": '********'");
  }

  @Test
  void aDriverSaysWhichOfItsParametersAreSecret() throws ConfigException {
    ConfigLoader loader = new ConfigLoader(Map.of("remote", Set.of("place", "key")));
    String yaml =
        loader
            .effective("config.yml", "storage: {remote: {place: here, key: SEKRET}}", Map.of())
            .yaml();

    assertThat(yaml).contains("place: here", "key: '********'").doesNotContain("SEKRET");
  }

  @Test
  void nothingIsShownOfADriverThatIsNotInstalled() throws ConfigException {
    ConfigLoader loader = new ConfigLoader(Map.of("absent", Set.of("rootdirectory")));
    String yaml =
        loader
            .effective("config.yml", "storage: {absent: {rootdirectory: SEKRET}}", Map.of())
            .yaml();

    assertThat(yaml).doesNotContain("SEKRET");
  }

  @Test
  void otherHeadersAndFieldsAreShown() throws ConfigException {
    assertThat(read("http: {headers: {X-A: [b]}}\nlog: {fields: {site: c}}", Map.of()).yaml())
        .contains("- b", "site: c");
  }

  @Test
  void variablesThatAreIgnoredAreNotShown() throws ConfigException {
    Map<String, String> environment =
        new TreeMap<>(
            Map.of(
                "REGISTRY_PROXY_PASSWRD", "SEKRET",
                "REGISTRY_PROXY_UPSTREAMS_0_PASSWRD", "SEKRET",
                "REGISTRY_HTTP_DEBUG_ADR", "localhost:1",
                "REGISTRY_PORT", "tcp://10.0.0.1:5000",
                "REGISTRY_PORT_5000_TCP_ADDR", "10.0.0.1",
                "REGISTRY_SERVICE_HOST", "10.0.0.1",
                "REGISTRY_SERVICE_PORT", "5000",
                "REGISTRY_PROXY_TTL", "24h"));

    EffectiveConfig effective = read("proxy: {upstreams: [{name: ghcr.io}]}", environment);

    assertThat(effective.loaded().warnings()).hasSize(6);
    assertThat(effective.yaml())
        .doesNotContain("SEKRET", "passwrd", "adr:", "10.0.0.1", "service")
        .contains("ttl: 24h");
    assertThat(read(effective.yaml(), Map.of()).loaded().config())
        .usingRecursiveComparison()
        .isEqualTo(effective.loaded().config());
  }
}
