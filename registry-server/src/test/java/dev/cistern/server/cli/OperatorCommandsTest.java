package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands for operators: what the configuration means, help, completion, and purge. */
class OperatorCommandsTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();

  @TempDir private Path directory;

  private int run(String... args) {
    ConfigLoader loader =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()));
    return new CommandLineInterface(
            (config, again) -> {},
            (config, variables, listener, work) -> {},
            loader,
            environment,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("config.yml"), yaml).toString();
  }

  @Test
  void theEffectiveConfigurationHasThePlaceOfEachValueAndNoSecret() throws IOException {
    String file =
        write(
            """
            http:
              addr: ':5001'
              secret: hunter1
            proxy:
              remoteurl: https://registry.example.com
              username: robot
              password: hunter2
            """);
    environment.put("REGISTRY_PROXY_TTL", "24h");

    assertThat(run("check-config", file)).isZero();

    assertThat(out().lines())
        .anyMatch(line -> line.matches(" +addr: \":5001\" +# " + file + ":2"))
        .anyMatch(line -> line.matches(" +ttl: 24h +# REGISTRY_PROXY_TTL"))
        .anyMatch(line -> line.matches(" +draintimeout: 5s +# default"))
        .anyMatch(line -> line.matches(" +maxheadersize: 32KiB +# default"))
        .anyMatch(line -> line.matches(" +disabled: false +# default"))
        .anyMatch(line -> line.matches(" +rootdirectory: cistern-data +# default"))
        .anyMatch(line -> line.matches(" +password: '\\*{8}' +# " + file + ":7"));
    assertThat(out() + err()).doesNotContain("hunter");
    assertThat(err()).contains("http.secret: has no effect");
  }

  @Test
  void theEffectiveConfigurationIsOneThatMeansTheSame() throws Exception {
    String file = write("http: {addr: 'localhost:5001', headers: {X-A: [a, 'b: c']}}\n");

    assertThat(run("check-config", file)).isZero();

    ConfigLoader loader =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()));
    Path again = Files.writeString(directory.resolve("again.yml"), out());
    assertThat(loader.load(again, Map.of()).config())
        .isEqualTo(loader.load(Path.of(file), Map.of()).config());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version: \"0\\.1\"",
        "formatter: text",
        "net: tcp",
        "forwardedheader: x-forwarded-for",
        "remoteurl: https://registry-1\\.docker\\.io",
        "freshness: 0s",
        "maxsize: \"?0\"?",
        "maxblobsize: 64GiB",
        "highmark: 100",
        "lowmark: 50",
        "minfree: \"?0\"?",
        "ttl: 168h",
        "sweep: 1m",
        "realm: cistern",
        "minimumtls: tls1\\.2"
      })
  void defaultsAreShownAsOneWouldWriteThem(String line) throws IOException {
    String file =
        write(
            "http: {tls: {certificate: /c, key: /k}}\nauth: {htpasswd: {path: /users}}\n"
                + "proxy: {%s}\n".formatted(line.startsWith("lowmark") ? "highmark: 50%" : ""));

    assertThat(run("check-config", file)).isZero();

    String pattern = line.startsWith("version") ? "version: \"?0\\.1\"?" : line;
    assertThat(out().lines()).anyMatch(each -> each.matches(" *" + pattern + " +# default"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "proxy: {highmark: 50%, ttl: 24h, upstreams: [ghcr.io, {name: quay.io, freshness: 1m}]}",
        "proxy: {freshness: [{tags: 'v*', for: 24h}], upstreams: [ghcr.io]}",
        "proxy: {remoteurl: 'https://registry.example.com', maxsize: 1GiB, maxblobsize: 0}",
        "http: {tls: {certificate: /c, key: /k}, trustedproxies: [10.0.0.0/8]}",
        "auth: {htpasswd: {path: /users}}"
      })
  void otherEffectiveConfigurationsMeanTheSameToo(String yaml) throws Exception {
    String file = write(yaml);

    assertThat(run("check-config", file)).isZero();

    ConfigLoader loader =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()));
    Path again = Files.writeString(directory.resolve("again.yml"), out());
    assertThat(loader.load(again, Map.of()).config())
        .usingRecursiveComparison()
        .isEqualTo(loader.load(Path.of(file), Map.of()).config());
  }

  @ParameterizedTest
  @ValueSource(strings = {"check-config", "serve"})
  void warningsAreToldBesideErrors(String command) throws IOException {
    String file = write("http: {secret: a}\nproxi: {}\n");

    assertThat(run(command, file)).isEqualTo(2);

    assertThat(err().lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("warning: " + file + ":1: http.secret: has no effect"))
        .anyMatch(line -> line.startsWith(file + ":2: proxi: unknown key"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"check-config", "serve"})
  void anEmptyNameOfAFileIsTold(String command) {
    assertThat(run(command, "")).isEqualTo(2);

    assertThat(err().lines()).containsExactly("the name of the file is empty");
  }

  @Test
  void allErrorsOfAConfigurationAreToldAtOnce() throws IOException {
    String file = write("http: {adr: x}\nproxi: {}\n");

    assertThat(run("check-config", file)).isEqualTo(2);

    assertThat(err().lines()).hasSize(2).allMatch(line -> line.startsWith(file + ":"));
    assertThat(out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "verify",
        "gc",
        "stats",
        "purge",
        "warm",
        "check-config",
        "healthcheck",
        "completion"
      })
  void eachCommandHasHelpWithExamples(String command) {
    assertThat(run("help", command)).isZero();

    assertThat(out()).contains("Usage: cistern " + command, "Examples:");
  }

  @Test
  void theHelpOfHelpHasExamplesToo() {
    assertThat(run("help", "--help")).isZero();

    assertThat(out())
        .contains("Usage: cistern help", "Prints the help of a command", "cistern help serve")
        .doesNotContain("When no COMMAND is given");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void theCompletionIsAScriptThatBashAccepts(String shell) throws Exception {
    assertThat(run("completion", shell)).isZero();

    Path script = Files.writeString(directory.resolve("completion"), out());
    Process check = new ProcessBuilder("bash", "-n", script.toString()).start();
    assertThat(check.waitFor()).isZero();
    assertThat(out()).contains("complete", "cistern", "check-config", "--dry-run");
  }

  private Digest cache(FilesystemDriver driver, String repository, String tag) throws IOException {
    ContentStore store = new ContentStore(driver);
    RepositoryName name = new RepositoryName(repository);
    byte[] body =
        ("{\"schemaVersion\":2,\"of\":\"" + repository + tag + "\"}")
            .getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.sha256(body);
    store.publishManifest(name, StoredManifest.of(digest, MediaType.OCI_MANIFEST, body));
    store.tag(name, new Tag(tag), digest);
    return digest;
  }

  private List<Tag> tags(FilesystemDriver driver, String repository) throws IOException {
    return new ContentStore(driver).tags(new RepositoryName(repository));
  }

  @Test
  void imagesArePurgedByTheNamesThatPeopleWrite() throws IOException {
    String config =
        write(
            "storage: {filesystem: {rootdirectory: %s}}\nproxy: {upstreams: [ghcr.io]}\n"
                .formatted(directory.resolve("data")));
    Files.createDirectories(directory.resolve("data"));
    try (FilesystemDriver driver = FilesystemDriver.open(directory.resolve("data"))) {
      cache(driver, "library/alpine", "3.20");
      cache(driver, "library/alpine", "3.21");
      Digest digest = cache(driver, "ghcr.io/owner/image", "v1");
      cache(driver, "ghcr.io/owner/image", "v2");

      assertThat(run("purge", "--dry-run", "alpine:3.20", config)).isZero();
      assertThat(out()).startsWith("Would remove 1 tag from library/alpine: 3.20");
      assertThat(tags(driver, "library/alpine")).hasSize(2);

      assertThat(run("purge", "docker.io/library/alpine:3.20", config)).isZero();
      assertThat(out()).contains("Removed 1 tag from library/alpine: 3.20");
      assertThat(tags(driver, "library/alpine")).containsExactly(new Tag("3.21"));

      assertThat(run("purge", "ghcr.io/owner/image@" + digest, config)).isZero();
      assertThat(tags(driver, "ghcr.io/owner/image")).containsExactly(new Tag("v2"));

      assertThat(run("purge", "--json", "ghcr.io/owner/image", config)).isZero();
      assertThat(out()).contains("\"repository\":\"ghcr.io/owner/image\",\"tags\":[\"v2\"]");
      assertThat(tags(driver, "ghcr.io/owner/image")).isEmpty();
    }
  }

  @Test
  void whatIsNotCachedOrNoImageIsTold() throws IOException {
    String config =
        write("storage: {filesystem: {rootdirectory: %s}}".formatted(directory.resolve("data")));
    Files.createDirectories(directory.resolve("data/docker"));
    try (FilesystemDriver driver = FilesystemDriver.open(directory.resolve("data"))) {
      cache(driver, "library/alpine", "3");
    }

    assertThat(run("purge", "alpine:4", config)).isEqualTo(1);
    assertThat(err()).contains("Nothing is cached under alpine:4, in repository library/alpine");
    assertThat(run("purge", "UPPER CASE", config)).isEqualTo(2);
    assertThat(err()).contains("is not the name of an image");
  }
}
