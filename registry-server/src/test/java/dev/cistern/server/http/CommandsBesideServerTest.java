package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigLoader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an operator runs over the directory that a server is serving from. */
class CommandsBesideServerTest extends ServerTest {

  private static final int SIZE = 2_000_000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private int run(String maxSize, String... args) {
    Map<String, String> environment =
        Map.of(
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
            directory.toString(),
            "REGISTRY_PROXY_MAXSIZE",
            maxSize);
    PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new CommandLineInterface(
            (served, again) -> {},
            (served, variables, listener, work) -> {},
            new ConfigLoader(InstalledDrivers.keys()),
            environment,
            printer,
            printer)
        .run(args);
  }

  private Digest warm(int seed) {
    Digest digest = upstream.blob(REPOSITORY, Samples.bytes(SIZE, seed));
    assertThat(server.get(blobPath(digest)).statusCode()).isEqualTo(200);
    awaitStored(digest);
    return digest;
  }

  /** The first fetch may serve the blob for a moment after it was stored. */
  private void awaitFetchedAgain(Digest digest, byte[] content) {
    await(
        () -> {
          assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
          return upstream.count("GET", blobPath(digest)) == 2;
        });
  }

  private Path file(Digest digest) {
    return directory
        .resolve("docker/registry/v2/blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  @Test
  void whatVerifyHasRemovedIsFetchedAgainAndServedRight() throws Exception {
    Digest digest = warm(1);
    byte[] wrong = Samples.bytes(SIZE, 1);
    wrong[SIZE / 2]++;
    // Somebody's copy, not a write into the file that the server has published.
    Files.delete(file(digest));
    Files.write(file(digest), wrong);

    assertThat(run("0", "verify")).as(out.toString(StandardCharsets.UTF_8)).isEqualTo(1);

    assertThat(file(digest)).doesNotExist();
    awaitFetchedAgain(digest, Samples.bytes(SIZE, 1));
    awaitStored(digest);
    assertThat(run("0", "verify")).isZero();
  }

  @Test
  void whatGcHasRemovedIsFetchedAgainAndTheRestIsStillHere() throws Exception {
    Digest first = warm(1);
    // Times are what tells them apart, and may be the same otherwise.
    Files.setLastModifiedTime(file(first), FileTime.from(Instant.EPOCH));
    Digest second = warm(2);

    assertThat(run("3MB", "gc", "--dry-run")).isZero();
    assertThat(file(first)).exists();
    assertThat(run("3MB", "gc", "--now")).isZero();

    assertThat(file(first)).doesNotExist();
    assertThat(file(second)).exists();
    awaitFetchedAgain(first, Samples.bytes(SIZE, 1));
    assertThat(server.get(blobPath(second)).body()).isEqualTo(Samples.bytes(SIZE, 2));
    assertThat(upstream.count("GET", blobPath(second))).isEqualTo(1);
    awaitStored(first);
  }
}
