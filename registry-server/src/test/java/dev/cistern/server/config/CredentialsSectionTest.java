package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.load;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of {@code proxy} that say who we are to the upstream. */
class CredentialsSectionTest {

  private static UpstreamLogin login(String keys) {
    return config("proxy: {" + keys + "}").proxy().main().credentials().login();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "username: '', password: ''", "exec: {}", "exec:", "passwordfile: ''"})
  void theUpstreamIsAskedAnonymouslyByDefault(String keys) {
    assertThat(login(keys)).isEqualTo(new UpstreamLogin.Anonymous());
  }

  @Test
  void usernameAndPasswordAreTaken() {
    assertThat(login("username: cistern, password: hunter2"))
        .isEqualTo(new UpstreamLogin.Password("cistern", "hunter2"));
  }

  @Test
  void thePasswordMayStandInAFile() {
    assertThat(login("username: cistern, passwordfile: /run/secrets/password"))
        .isEqualTo(new UpstreamLogin.PasswordFile("cistern", Path.of("/run/secrets/password")));
  }

  @ParameterizedTest
  @CsvSource({
    "username: cistern, username, also set proxy.password or proxy.passwordfile",
    "password: hunter2, password, also set proxy.username",
    "passwordfile: /x, passwordfile, also set proxy.username",
  })
  void oneWithoutTheOtherIsAnError(String keys, String key, String problem) {
    assertThat(problems("proxy: {" + keys + "}"))
        .containsExactly("config.yml:1: proxy." + key + ": " + problem);
  }

  @Test
  void aHelperIsRunOnceByDefault() {
    assertThat(login("exec: {command: docker-credential-ecr-login}"))
        .isEqualTo(new UpstreamLogin.Helper("docker-credential-ecr-login", Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"1h, PT1H", "0, PT0S", "-1s, PT0S", "90m, PT1H30M"})
  void whatAHelperGivesHasALifetime(String lifetime, Duration expected) {
    assertThat(login("exec: {command: helper, lifetime: " + lifetime + "}"))
        .isEqualTo(new UpstreamLogin.Helper("helper", Optional.of(expected)));
  }

  @Test
  void aHelperNeedsACommandAndADuration() {
    assertThat(problems("proxy:\n  exec:\n    lifetime: 1h\n"))
        .containsExactly("config.yml:3: proxy.exec.lifetime: also set proxy.exec.command");
    assertThat(problems("proxy: {exec: {command: helper, lifetime: 7d}}"))
        .containsExactly(
            "config.yml:1: proxy.exec.lifetime: '7d' is not a duration such as 30s, 1m30s or 168h");
    assertThat(problems("proxy: {exec: {comand: helper}}"))
        .containsExactly(
            "config.yml:1: proxy.exec.comand: unknown key; nearest known key: proxy.exec.command");
    assertThat(problems("proxy: {exec: helper}"))
        .singleElement()
        .asString()
        .startsWith("config.yml:1: proxy.exec: must be a section");
  }

  @Test
  void dockersConfigurationMayBeNamed() {
    assertThat(login("dockerconfig: /root/.docker/config.json"))
        .isEqualTo(new UpstreamLogin.DockerConfig(Path.of("/root/.docker/config.json")));
  }

  @Test
  void credentialsComeFromOnePlace() {
    assertThat(
            problems(
                """
                proxy:
                  username: cistern
                  password: hunter2
                  exec: {command: helper}
                  dockerconfig: /config.json
                """))
        .containsExactly(
            "config.yml:4: proxy.exec: use only one source of credentials; the configuration sets proxy.username,"
                + " proxy.exec, proxy.dockerconfig");
    assertThat(problems("proxy: {username: a, password: b, passwordfile: /c}"))
        .containsExactly(
            "config.yml:1: proxy.passwordfile: proxy.password is set too; remove one of them");
  }

  @Test
  void noRealmIsTrustedByDefault() {
    assertThat(config("").proxy().main().credentials().trustedRealms()).isEmpty();
  }

  @Test
  void trustedRealmsAreTaken() {
    assertThat(
            config("proxy: {trustedrealms: [auth.example.com, 'sso.example.org:8443']}")
                .proxy()
                .main()
                .credentials()
                .trustedRealms())
        .containsExactly("auth.example.com", "sso.example.org:8443");
    assertThat(
            config("proxy: {trustedrealms: auth.example.com}")
                .proxy()
                .main()
                .credentials()
                .trustedRealms())
        .containsExactly("auth.example.com");
    assertThat(
            load("", Map.of("REGISTRY_PROXY_TRUSTEDREALMS_0", "auth.example.com"))
                .config()
                .proxy()
                .main()
                .credentials()
                .trustedRealms())
        .containsExactly("auth.example.com");
  }

  @Test
  void aTrustedRealmIsAHost() {
    assertThat(problems("proxy: {trustedrealms: ['https://auth.example.com/token']}"))
        .containsExactly(
            "config.yml:1: proxy.trustedrealms: a trusted realm must be a host or host:port, not"
                + " \"https://auth.example.com/token\"");
  }

  @Test
  void credentialsDoNotGoOverPlainHttpUnlessThatIsAllowed() {
    assertThat(config("").proxy().main().credentials().overPlainHttp())
        .isEqualTo(CredentialsConfig.PlainHttp.REFUSED);
    assertThat(
            config("proxy: {insecurecredentials: true}")
                .proxy()
                .main()
                .credentials()
                .overPlainHttp())
        .isEqualTo(CredentialsConfig.PlainHttp.ALLOWED);
    assertThat(problems("proxy: {insecurecredentials: perhaps}"))
        .containsExactly(
            "config.yml:1: proxy.insecurecredentials: 'perhaps' is neither true nor false");
  }
}
