package dev.cistern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.CommandCache;
import dev.cistern.server.Main;
import dev.cistern.server.cli.CacheRunner;
import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigLoader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.security.crypto.bcrypt.BCrypt;

/** {@code warm}, over storage and over a running server. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WarmCommandTest {

  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String ALPINE = "library/alpine";
  private static final int SIZE = 2_000_000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path directory;
  private FakeUpstream upstream;
  private String config = "";

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    config = configure("");
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private String configure(String proxy) throws IOException {
    return Files.writeString(
            directory.resolve("config.yml"),
            """
            storage: {filesystem: {rootdirectory: %s}}
            http: {addr: '127.0.0.1:0'}
            proxy: {name: docker.io, remoteurl: '%s', %s}
            """
                .formatted(directory.resolve("data"), upstream.uri(), proxy))
        .toString();
  }

  private int run(CacheRunner caches, Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    return new CommandLineInterface(
            (served, again) -> {},
            caches,
            new ConfigLoader(InstalledDrivers.keys()),
            environment,
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8))
        .run(Stream.concat(Stream.of("warm"), Stream.of(args)).toArray(String[]::new));
  }

  private int run(String... args) {
    return run(CommandCache::run, Map.of(), args);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  private RunningServer serve() throws Exception {
    return RunningServer.start(
        new ConfigLoader(InstalledDrivers.keys()).load(Path.of(config), Map.of()).config());
  }

  private static String descriptor(String type, Digest digest, int size) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d".formatted(type, digest, size);
  }

  /** Adds an image with one layer to the upstream, which is also its configuration. */
  private Digest image(String repository, String tag, Digest layer) {
    String blob = descriptor("application/octet-stream", layer, SIZE) + "}";
    return upstream.manifest(
        repository,
        tag,
        Samples.OCI_MANIFEST,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(Samples.OCI_MANIFEST, blob, blob)
            .getBytes(UTF_8));
  }

  private Digest layer(String repository, int seed) {
    return upstream.blob(repository, Samples.bytes(SIZE, seed));
  }

  private long fetched(String repository, Digest blob) {
    return upstream.count("GET", "/v2/" + repository + "/blobs/" + blob);
  }

  @Test
  void anImageIsFetchedOnceAndServedWithoutTheUpstream() throws Exception {
    Digest layer = layer(ALPINE, 1);
    image(ALPINE, "3.20", layer);

    assertThat(run("alpine:3.20", "--config", config)).as(err()).isZero();
    assertThat(out())
        .contains("warm    alpine:3.20: 2 of 2 manifests and blobs, 1.9 MiB; fetched 1.9 MiB")
        .contains("1 of 1 image is warm");
    assertThat(err()).contains("fetched ").contains(layer + "  alpine:3.20");
    assertThat(run("alpine:3.20", "--config", config)).isZero();
    assertThat(out()).contains("no blob was fetched");
    assertThat(fetched(ALPINE, layer)).isEqualTo(1);

    upstream.goDown();
    try (RunningServer server = serve()) {
      assertThat(server.get("/v2/" + ALPINE + "/manifests/3.20").statusCode()).isEqualTo(200);
      HttpResponse<byte[]> blob = server.get("/v2/" + ALPINE + "/blobs/" + layer);
      assertThat(blob.body()).isEqualTo(Samples.bytes(SIZE, 1));
    }
  }

  @Test
  void theJsonHasAMemberForEachImage() throws IOException {
    image(ALPINE, "latest", layer(ALPINE, 1));

    assertThat(run("--json", "--platform", "linux/arm64", "alpine", "none:1", "--config", config))
        .isEqualTo(1);

    assertThat(out().lines()).hasSize(1);
    String warm =
        "\\{\"image\":\"alpine\",\"repository\":\""
            + ALPINE
            + "\",\"reference\":\"latest\","
            + "\"state\":\"warm\",\"requested\":2,\"received\":2,\"bytes\":[0-9]+,"
            + "\"fetchedBytes\":"
            + SIZE
            + ",\"stale\":null,\"error\":null}";
    String failed =
        "\\{\"image\":\"none:1\",.*\"state\":\"failed\",.*\"error\":\".*library/none:1.*404.*\"}";
    assertThat(out().strip())
        .matches(
            "\\{\"platform\":\"linux/arm64\",\"images\":\\["
                + warm
                + ","
                + failed
                + "],"
                + "\"failed\":1,\"storageErrors\":.*}");
  }

  @Test
  void aFileWithWrongLinesFetchesNothing() throws IOException {
    image(ALPINE, "3.20", layer(ALPINE, 1));
    Path file = Files.writeString(directory.resolve("images"), "alpine:3.20\nUPPER\n\nquay.io/a\n");

    assertThat(run("alpine:3.20", "--from", file.toString(), "--config", config)).isEqualTo(2);

    assertThat(err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith(file + ":2: 'UPPER' is not"),
            line -> assertThat(line).startsWith(file + ":4: 'quay.io/a' is not"));
    assertThat(upstream.requests()).isEmpty();
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void aFileOfNamesThatCannotBeReadIsNamedWithTheReason() throws IOException {
    assertThat(run("--from", directory.toString())).isEqualTo(2);
    assertThat(err()).contains("is a directory").doesNotContain("Exception");
    Path utf16 = Files.writeString(directory.resolve("utf16"), "alpine", StandardCharsets.UTF_16);
    assertThat(run("--from", utf16.toString())).isEqualTo(2);
    assertThat(err()).contains("utf16 is not UTF-8 text").doesNotContain("Exception");
  }

  @Test
  void wrongUsageHasItsOwnExitCode() throws IOException {
    String empty = Files.writeString(directory.resolve("empty"), "# none\n").toString();
    for (String[] args :
        List.of(
            new String[] {},
            new String[] {"--from", empty},
            new String[] {"--from", directory.resolve("absent").toString()},
            new String[] {"alpine", "--platform", "amd64"},
            new String[] {"alpine", "--server", "cache.example:5000"},
            new String[] {"alpine", "--server", "http://cache.example", "--user", "a"},
            new String[] {"alpine", "--server", "http://cache.example", "--config", "b"},
            new String[] {"alpine", "--user", "a"},
            new String[] {"alpine", "--config", directory.resolve("absent").toString()})) {
      assertThat(run(args)).as(String.join(" ", args)).isEqualTo(2);
      assertThat(err()).isNotEmpty();
    }
    assertThat(
            run(
                CommandCache::run,
                Map.of("REGISTRY_STORAGE", "inmemory"),
                "alpine",
                "--config",
                Files.writeString(directory.resolve("m.yml"), "storage: {inmemory: {}}")
                    .toString()))
        .isEqualTo(2);
    assertThat(err()).contains("--server URL");
  }

  @Test
  void eachImageThatFailsHasALineAndTheOthersAreWarm() throws IOException {
    Digest layer = layer("team/app", 1);
    image("team/app", "1", layer);
    config = configure("deny: ['secret/*']");

    assertThat(run("secret/app:1", "team/app:1", "team/none:2", "--config", config)).isEqualTo(1);

    assertThat(err().lines().filter(line -> line.startsWith("failed  ")))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).startsWith("failed  secret/app:1: ").contains("deny"),
            line -> assertThat(line).startsWith("failed  team/none:2: ").contains("404"));
    assertThat(out()).contains("warm    team/app:1: ").contains("1 of 3 images are warm");
    assertThat(upstream.requests()).noneMatch(each -> each.path().contains("secret"));
  }

  @Test
  void withoutTheUpstreamACachedImageIsWarmAndAnotherFails() throws IOException {
    image(ALPINE, "3", layer(ALPINE, 1));
    assertThat(run("alpine:3", "--config", config)).isZero();
    upstream.goDown();

    assertThat(run("alpine:3", "alpine:4", "--config", config)).isEqualTo(1);

    assertThat(out()).contains("warm    alpine:3: 2 of 2");
    assertThat(err())
        .contains("stale   alpine:3: the cached image may be old")
        .contains("failed  alpine:4: ");
  }

  @Test
  void anIndexIsFetchedForOnePlatformOrForAll() throws IOException {
    List<Digest> layers = new ArrayList<>();
    List<String> entries = new ArrayList<>();
    for (String architecture : List.of("amd64", "arm64")) {
      Digest layer = layer(ALPINE, layers.size());
      layers.add(layer);
      entries.add(
          descriptor(Samples.OCI_MANIFEST, image(ALPINE, architecture, layer), 100)
              + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}"
                  .formatted(architecture));
    }
    upstream.manifest(
        ALPINE,
        "3",
        INDEX,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(INDEX, String.join(",", entries))
            .getBytes(UTF_8));

    assertThat(run("alpine:3", "--platform", "linux/arm64", "--config", config)).isZero();
    assertThat(fetched(ALPINE, layers.get(0))).isZero();
    assertThat(fetched(ALPINE, layers.get(1))).isEqualTo(1);
    assertThat(run("alpine:3", "--platform", "all", "--config", config)).isZero();
    assertThat(fetched(ALPINE, layers.get(0))).isEqualTo(1);
    assertThat(fetched(ALPINE, layers.get(1))).isEqualTo(1);
    assertThat(run("alpine:3", "--platform", "linux/s390x", "--config", config)).isEqualTo(1);
    assertThat(err()).contains("does not support linux/s390x; available platforms: linux/amd64");
  }

  @Test
  void anInterruptedFetchContinuesAtTheNextRun() throws Exception {
    byte[] content = Samples.bytes(SIZE, 1);
    Tap tap = new Tap();
    Digest layer = upstream.blob(ALPINE, content, tap);
    image(ALPINE, "3", layer);
    tap.openTo(SIZE / 2);
    CompletableFuture<Thread> working = new CompletableFuture<>();
    CacheRunner interruptible =
        (served, environment, listener, work) ->
            CommandCache.run(
                served,
                environment,
                listener,
                cache -> {
                  working.complete(Thread.currentThread());
                  work.run(cache);
                });

    CompletableFuture<Integer> first =
        CompletableFuture.supplyAsync(
            () -> run(interruptible, Map.of(), "alpine:3", "other:1", "--config", config));
    ServerTest.await(() -> spooled() >= SIZE / 4);
    working.join().interrupt();

    assertThat(first.get()).isEqualTo(1);
    assertThat(err()).contains("failed  alpine:3: interrupted; run the command again");

    assertThat(upstream.blob(ALPINE, content)).isEqualTo(layer);
    assertThat(run("alpine:3", "--config", config)).as(err()).isZero();
    assertThat(upstream.requests())
        .filteredOn(each -> each.path().endsWith("/blobs/" + layer))
        .last()
        .satisfies(each -> assertThat(each.header("Range").orElse("")).matches("bytes=\\d{5,}-"));
    tap.cut();
  }

  @Test
  void aSignalStopsTheProcessAndItKeepsWhatItHasFetched() throws Exception {
    byte[] content = Samples.bytes(SIZE, 1);
    Tap tap = new Tap();
    tap.openTo(SIZE / 2);
    Digest layer = Digest.sha256(content);
    image(ALPINE, "3", layer);
    CountDownLatch asked = new CountDownLatch(1);
    upstream.on(
        "/v2/" + ALPINE + "/blobs/" + layer,
        (request, reply) -> {
          asked.countDown();
          FakeUpstream.tapped(content, tap).answer(request, reply);
        });
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "warm",
                "--json",
                "alpine:3",
                "--config",
                config)
            .redirectErrorStream(true)
            .start();
    // Reading what it prints cannot be interrupted.
    CompletableFuture.delayedExecutor(50, TimeUnit.SECONDS).execute(process::destroyForcibly);
    assertThat(asked.await(50, TimeUnit.SECONDS)).isTrue();
    ServerTest.await(() -> spooled() >= SIZE / 4);

    // The process itself would close the stream that is read below.
    assertThat(process.toHandle().destroy()).isTrue();

    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(1);
    assertThat(said).contains("\"state\":\"failed\"", "\"error\":\"interrupted");
    assertThat(spooled()).isGreaterThanOrEqualTo(SIZE / 4);
    tap.cut();
  }

  /** The bytes of unfinished transfers. */
  private long spooled() {
    try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("sha256-"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException | UncheckedIOException e) {
      // The store changes meanwhile.
      return 0;
    }
  }

  @Test
  void anImageThatDoesNotFitFails() throws IOException {
    image(ALPINE, "3", layer(ALPINE, 1));
    config = configure("maxsize: 1MB");

    assertThat(run("alpine:3", "--config", config)).isEqualTo(1);
    assertThat(err()).contains("failed  alpine:3: not stored: sha256:").contains("proxy.maxsize");
  }

  @Test
  void anImageThatIsEvictedForAnotherOneIsAFailure() throws IOException {
    image(ALPINE, "1", layer(ALPINE, 1));
    image(ALPINE, "2", layer(ALPINE, 2));
    image(ALPINE, "3", layer(ALPINE, 3));
    config = configure("maxsize: 5MB");

    assertThat(run("alpine:1", "alpine:2", "alpine:3", "--config", config)).isEqualTo(1);
    assertThat(err()).contains("failed ").contains("proxy.maxsize");
  }

  @Test
  void aRunningServerIsWarmedByPullingFromIt() throws Exception {
    Digest layer = layer(ALPINE, 1);
    image(ALPINE, "3", layer);
    try (RunningServer server = serve()) {
      String url = server.uri("/").toString();

      assertThat(run("--server", url, "alpine:3", "docker.io/library/alpine:3")).as(err()).isZero();
      assertThat(out()).contains("warm    alpine:3: 2 of 2").contains("2 of 2 images are warm");
      assertThat(fetched(ALPINE, layer)).isEqualTo(1);

      assertThat(run("--json", "--server", url, "alpine:3", "alpine:4")).isEqualTo(1);
      assertThat(out())
          .containsPattern("\"image\":\"alpine:3\".*\"fetchedBytes\":null")
          .containsPattern("\"image\":\"alpine:4\".*\"error\":\"server .*404");
      assertThat(fetched(ALPINE, layer)).isEqualTo(1);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsAFailureOfEachImage() {
    assertThat(run("--server", "http://127.0.0.1:9", "alpine:3", "alpine:4")).isEqualTo(1);
    assertThat(err().lines().filter(line -> line.startsWith("failed  ")))
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .contains("server 127.0.0.1:9 did not send manifest ", ": no connection: ")
                    .doesNotContain("upstream"));
  }

  @Test
  void theErrorOfAServerIsToldOnceAndNamesItsUpstream() throws Exception {
    upstream.goDown();
    try (RunningServer server = serve()) {
      assertThat(run("--server", server.uri("/").toString(), "alpine:3")).isEqualTo(1);

      assertThat(err().lines().filter(line -> line.startsWith("failed  ")))
          .singleElement()
          .asString()
          .containsOnlyOnce("Cannot get manifest")
          .containsOnlyOnce("upstream")
          .contains("did not send manifest 3: it answered 502: ");
    }
  }

  @Test
  void aConfigurationAndAServerExcludeEachOther() {
    assertThat(run("--server", "http://127.0.0.1:9", "--config", config, "alpine:3")).isEqualTo(2);

    assertThat(err())
        .startsWith("--config warms a storage and --server a running server; use one of them");
  }

  @Test
  void aServerThatWantsALoginGetsIt() throws Exception {
    image(ALPINE, "3", layer(ALPINE, 1));
    Files.writeString(
        directory.resolve("users"), "alice:" + BCrypt.hashpw("right", BCrypt.gensalt("$2y", 4)));
    Files.writeString(
        Path.of(config),
        "auth: {htpasswd: {realm: cache, path: %s}}\n".formatted(directory.resolve("users")),
        StandardOpenOption.APPEND);
    String password = Files.writeString(directory.resolve("password"), "right\n").toString();
    try (RunningServer server = serve()) {
      String url = server.uri("/").toString();

      assertThat(run("--server", url, "alpine:3")).isEqualTo(1);
      assertThat(run("--server", url, "--user", "alice", "alpine:3")).isEqualTo(2);
      assertThat(run("--server", url, "--user", "alice", "--password-file", password, "alpine:3"))
          .as(err())
          .isZero();
      Map<String, String> wrong = Map.of("CISTERN_PASSWORD", "gue55ed");
      assertThat(run(CommandCache::run, wrong, "--server", url, "--user", "alice", "alpine:3"))
          .isEqualTo(1);
      assertThat(out() + err()).doesNotContain("gue55ed");
      Map<String, String> right = Map.of("CISTERN_PASSWORD", "right");
      assertThat(run(CommandCache::run, right, "--server", url, "--user", "alice", "alpine:3"))
          .isZero();
    }
  }
}
