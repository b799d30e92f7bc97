package dev.cistern.proxy.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.proxy.testing.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's {@code config.json}. */
class DockerConfigTest {

  private static final Credentials JANE = new Credentials("jane", "hunter2");
  private static final String AUTH =
      "{\"auth\":\""
          + Base64.getEncoder().encodeToString("jane:hunter2".getBytes(StandardCharsets.UTF_8))
          + "\"}";

  private final Path directory;
  private final ManualClock clock = new ManualClock();

  DockerConfigTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private CredentialSource config(String registry, String json) throws IOException {
    Path file = Files.writeString(directory.resolve("config.json"), json);
    return DockerConfig.open(
        file, URI.create(registry), directory.resolve("docker-credential-").toString(), clock);
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry-1.docker.io, https://index.docker.io/v1/",
    "https://docker.io, https://index.docker.io/v1/",
    "https://registry-1.docker.io, docker.io",
    "https://registry-1.docker.io, index.docker.io",
    "https://registry-1.docker.io, https://registry-1.docker.io/v2/",
    "https://r.example.com, r.example.com",
    "https://R.example.com, r.example.com",
    "https://r.example.com, https://r.example.com",
    "https://r.example.com, https://r.example.com/v1/",
    "https://r.example.com, http://r.example.com",
    "https://r.example.com, r.example.com:443",
    "https://r.example.com:443, r.example.com",
    "https://r.example.com/some/path, r.example.com",
    "https://r.example.com:8443, r.example.com:8443",
    "https://r.example.com:8443, https://r.example.com:8443/v2/",
    "http://localhost:5000, localhost:5000",
    "http://r.example.com, r.example.com:80",
  })
  void anEntryIsFoundByTheNamesOfItsRegistry(String registry, String key) throws IOException {
    assertThat(config(registry, "{\"auths\":{\"" + key + "\":" + AUTH + "}}").credentials())
        .contains(JANE);
  }

  @ParameterizedTest
  @CsvSource({
    "https://r.example.com, example.com",
    "https://r.example.com, r.example.com:8443",
    "https://r.example.com:8443, r.example.com",
    "https://r.example.com, r.example.com.evil.example",
    "https://r.example.com, https://index.docker.io/v1/",
    "https://registry-1.docker.io, auth.docker.io",
  })
  void anEntryOfAnotherRegistryIsNotUsed(String registry, String key) throws IOException {
    assertThat(config(registry, "{\"auths\":{\"" + key + "\":" + AUTH + "}}").credentials())
        .isEmpty();
  }

  @Test
  void theExactEntryComesBeforeThoseOfTheSameHost() throws IOException {
    assertThat(
            config(
                    "https://r.example.com",
                    "{\"auths\":{\"https://r.example.com/v1/\":{\"username\":\"joe\",\"password\":\"x\"},"
                        + "\"r.example.com\":"
                        + AUTH
                        + "}}")
                .credentials())
        .contains(JANE);
  }

  @Test
  void anEntryMayHoldUserNameAndPasswordOrAnIdentityToken() throws IOException {
    assertThat(
            config(
                    "https://r.example.com",
                    "{\"auths\":{\"r.example.com\":{\"username\":\"jane\",\"password\":\"hunter2\"}}}")
                .credentials())
        .contains(JANE);
    assertThat(
            config(
                    "https://r.example.com",
                    "{\"auths\":{\"r.example.com\":{\"auth\":\"amFuZTo=\",\"identitytoken\":\"opaque\"}}}")
                .credentials())
        .contains(Credentials.identityToken("opaque"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"auths\":{}}", "{\"auths\":{\"r.example.com\":{}}}", "{\"auths\":7}"})
  void noEntryIsAnonymous(String json) throws IOException {
    assertThat(config("https://r.example.com", json).credentials()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hunter2",
        "[]",
        "{\"auths\":{\"r.example.com\":{\"auth\":\"%%%hunter2\"}}}",
        "{\"auths\":{\"r.example.com\":{\"auth\":\"aHVudGVyMg==\"}}}",
        "{\"auths\":{\"r.example.com\":{\"username\":\"a:b\",\"password\":\"hunter2\"}}}",
        "{\"credHelpers\":{\"r.example.com\":\"../../hunter2\"}}",
        "{\"credsStore\":\"hunter2; rm\"}",
      })
  void invalidFilesAreNotInTheMessage(String json) {
    assertThatIOException()
        .isThrownBy(() -> config("https://r.example.com", json))
        .withMessageStartingWith(directory.resolve("config.json").toString())
        .satisfies(
            e -> assertThat(e.getMessage()).doesNotContain("hunter2").doesNotContain("aHVudGVyMg"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"credsStore\":\"test\",\"auths\":{\"r.example.com\":{}}}",
        "{\"credsStore\":\"other\",\"credHelpers\":{\"r.example.com\":\"test\"}}",
        "{\"credHelpers\":{\"https://r.example.com\":\"test\"}}"
      })
  void helpersAreRunByTheNameThatTheFileHasForThem(String json) throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");

    assertThat(config("https://r.example.com", json).credentials()).contains(JANE);
    assertThat(script.runs()).containsExactly("get r.example.com");
  }

  @Test
  void theAnswerOfAHelperIsUsedForFiveMinutesOrUntilItIsRefused() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource source = config("https://r.example.com", "{\"credsStore\":\"test\"}");
    source.credentials();
    clock.advance(Duration.ofMinutes(4));
    source.credentials();
    assertThat(script.runs()).hasSize(1);

    source.credentialsAfter(JANE);
    assertThat(script.runs()).hasSize(2);

    clock.advance(Duration.ofMinutes(5));
    source.credentials();
    assertThat(script.runs()).hasSize(3);
  }

  @Test
  void aHelperWithoutCredentialsMakesAccessAnonymous() throws IOException {
    HelperScript script =
        HelperScript.in(directory, "echo credentials not found in native keychain; exit 1");
    CredentialSource source =
        config(
            "https://r.example.com",
            "{\"credsStore\":\"test\",\"auths\":{\"r.example.com\":" + AUTH + "}}");

    assertThat(source.credentials()).isEmpty();
    assertThat(script.runs()).hasSize(1);
  }

  @Test
  void aHelperThatIsMissingIsNamed() throws IOException {
    CredentialSource source = config("https://r.example.com", "{\"credsStore\":\"missing\"}");

    assertThatIOException()
        .isThrownBy(source::credentials)
        .withMessageContaining("docker-credential-missing");
  }

  @Test
  void helpersOfOtherRegistriesAreNotRun() throws IOException {
    assertThat(
            config(
                    "https://r.example.com",
                    "{\"credHelpers\":{\"other.example.com\":\"nowhere\"},\"auths\":{\"r.example.com\":"
                        + AUTH
                        + "}}")
                .credentials())
        .contains(JANE);
  }

  @Test
  void aChangeIsFoundWithinASecond() throws IOException {
    CredentialSource source = config("https://r.example.com", "{}");
    assertThat(source.credentials()).isEmpty();

    Files.writeString(
        directory.resolve("config.json"), "{\"auths\":{\"r.example.com\":" + AUTH + "}}");
    clock.advance(Duration.ofSeconds(1));

    assertThat(source.credentials()).contains(JANE);
  }

  @Test
  void noTextShowsAPassword() throws IOException {
    assertThat(config("https://r.example.com", "{\"auths\":{\"r.example.com\":" + AUTH + "}}"))
        .asString()
        .contains("config.json")
        .doesNotContain("hunter2");
  }
}
