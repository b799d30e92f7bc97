package dev.cistern.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.logging.Logging;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class StoreCommandsTest {

  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path root;
  private String config;

  @BeforeEach
  void writeHere(@TempDir Path directory) throws IOException {
    root = directory.resolve("data");
    config =
        Files.writeString(
                directory.resolve("config.yml"),
                """
                storage: {filesystem: {rootdirectory: %s}}
                proxy: {maxsize: 100KiB, ttl: 24h}
                """
                    .formatted(root))
            .toString();
  }

  @AfterEach
  void leaveNoLogBehind() {
    Logging.configure(LogConfig.DEFAULT, OutputStream.nullOutputStream());
  }

  private int run(String... args) {
    out.reset();
    err.reset();
    ConfigLoader loader = new ConfigLoader(InstalledDrivers.keys());
    return new CommandLineInterface(
            (served, again) -> {},
            (served, variables, listener, work) -> {},
            loader,
            Map.of(),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8))
        .run(args);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  private Digest keep(String content, Duration idle) throws IOException {
    FilesystemDriver driver = FilesystemDriver.open(root);
    Path file = Files.writeString(Files.createTempFile("blob", ""), content);
    Digest digest = Digest.sha256(content.getBytes(UTF_8));
    new ContentStore(driver).publishBlob(ALPINE, digest, file);
    new ContentInventory(driver).touch(digest, Instant.now().minus(idle));
    return digest;
  }

  private Path file(Digest digest) {
    return root.resolve("docker/registry/v2/blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  /** What a member of the object has, as text, after making sure that all of it is JSON. */
  private String json(String name) {
    String found = "";
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), out().strip())) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      int depth = 1;
      while (depth > 0) {
        JsonToken token = parser.nextToken();
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token.isScalarValue() && name.equals(parser.currentName())) {
          found = parser.getString();
        }
      }
      assertThat(parser.nextToken()).isNull();
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "verify --dry-run", "gc --now", "gc --dry-run --json", "stats"})
  void aStoreThatIsNotThereIsToldAndNotMade(String command) {
    String[] args = (command + " " + config).split(" ", -1);

    assertThat(run(args)).isEqualTo(CommandLineInterface.USAGE);

    assertThat(err().lines())
        .containsExactly(
            "cannot open the store: the storage root directory "
                + root
                + " does not exist; check storage.filesystem in the configuration");
    assertThat(out()).isEmpty();
    assertThat(root).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gc", "gc --dry-run --now", "stats --top -1", "verify --threads 0"})
  void wrongArgumentsAreAnsweredWithTheUsage(String command) {
    String[] args = command.split(" ", -1);

    assertThat(run(args)).isEqualTo(CommandLineInterface.USAGE);

    assertThat(err())
        .contains("Usage: cistern " + args[0])
        .contains("'cistern " + args[0] + " --help' explains the arguments.");
    assertThat(err().lines()).hasSizeLessThan(5);
    assertThat(out()).isEmpty();
  }

  @Test
  void gcWithoutItsActionSaysWhichThereAre() {
    run("gc");
    assertThat(err()).contains("(--dry-run | --now)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "gc --now", "stats"})
  void aWrongConfigurationIsToldAsForServe(String command) throws IOException {
    Files.writeString(Path.of(config), "proxi: {}");

    assertThat(run((command + " " + config).split(" ", -1))).isEqualTo(CommandLineInterface.USAGE);

    assertThat(err().strip())
        .isEqualTo(config + ":1: proxi: unknown key; nearest known key: proxy");
  }

  @Test
  void verifyRemovesWhatIsWrongAndSaysSo() throws IOException {
    Digest right = keep("right", Duration.ZERO);
    Digest wrong = keep("wrong", Duration.ZERO);
    Files.writeString(file(wrong), "wrung");

    assertThat(run("verify", "--dry-run", config)).isEqualTo(CommandLineInterface.FAILED);
    assertThat(out())
        .contains("wrong   " + wrong + "  5 B with another digest, in library/alpine: not removed")
        .contains("Verified 2 blobs and manifests, 10 B: 1 wrong, 0 broken links, 0 failures");
    assertThat(file(wrong)).exists();

    assertThat(run("verify", "--json", config)).isEqualTo(CommandLineInterface.FAILED);
    assertThat(json("digest")).isEqualTo(wrong.toString());
    assertThat(json("outcome")).isEqualTo("removed");
    assertThat(json("clean")).isEqualTo("false");
    assertThat(json("danglingLinks")).isEqualTo("1");
    assertThat(err()).isEmpty();
    assertThat(file(wrong)).doesNotExist();
    assertThat(file(right)).exists();

    assertThat(run("verify", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out())
        .isEqualTo(
            "Verified 1 blob or manifest, 5 B: 0 wrong, 0 broken links, 0 failures%n".formatted());
  }

  @Test
  void gcTellsWhatGoesAndWhy() throws IOException {
    Digest idle = keep("idle", Duration.ofHours(25));
    Digest old = keep("x".repeat(60_000), Duration.ofHours(2));
    Digest young = keep("y".repeat(60_000), Duration.ofHours(1));

    assertThat(run("gc", "--dry-run", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out())
        .containsSubsequence("REASON", "idle", idle.toString(), "size", old.toString())
        .contains("unused for 24h (proxy.ttl)")
        .contains("down to 90% of 100 KiB (proxy.lowmark of proxy.maxsize)")
        .contains("Would remove 2 links and tags without content")
        .contains(" of 100 KiB used; after gc --now ")
        .doesNotContain(young.toString());
    assertThat(file(idle)).exists();

    assertThat(run("gc", "--now", "--json", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(json("dryRun")).isEqualTo("false");
    assertThat(json("digest")).as("the last").isEqualTo(old.toString());
    assertThat(json("reason")).isEqualTo("size");
    assertThat(json("contentBytes")).as("after").isEqualTo("60000");
    assertThat(file(idle)).doesNotExist();
    assertThat(file(old)).doesNotExist();
    assertThat(file(young)).exists();

    assertThat(run("gc", "--now", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out().lines())
        .singleElement()
        .asString()
        .startsWith("Nothing to remove; ")
        .endsWith(" of 100 KiB used");
  }

  @Test
  void statsTellsWhatThereIs() throws IOException {
    Digest blob = keep("content", Duration.ofHours(1));
    new ContentStore(FilesystemDriver.open(root)).tag(ALPINE, new Tag("latest"), blob);

    assertThat(run("stats", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out())
        .contains("7 B: 1 blob, 0 manifests")
        .contains("1 repository, 1 tag")
        .contains("of 100 KiB used, ")
        .contains("expiry      removed after 24h unused")
        .containsSubsequence("LARGEST", blob.toString(), "library/alpine", "LONGEST UNUSED");

    assertThat(run("stats", "--json", "--top", "1", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(json("blobs")).isEqualTo("1");
    assertThat(json("tags")).isEqualTo("1");
    assertThat(json("maxsize")).isEqualTo("102400");
    assertThat(json("ttlSeconds")).isEqualTo("86400");
    assertThat(json("kind")).isEqualTo("blob");
    assertThat(run("stats", "--top", "0", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out()).doesNotContain("LARGEST");
  }

  @Test
  void aStoreInMemoryIsEmptyForEveryoneElse() throws IOException {
    Files.writeString(Path.of(config), "storage: inmemory");
    assertThat(run("stats", config)).isEqualTo(CommandLineInterface.OK);
    assertThat(out()).contains("0 B: 0 blobs, 0 manifests");
    assertThat(run("verify", config)).isEqualTo(CommandLineInterface.OK);
  }
}
