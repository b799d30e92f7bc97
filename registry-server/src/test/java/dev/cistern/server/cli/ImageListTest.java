package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.http.Routing;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The names of images that a command line and a file have. */
class ImageListTest {

  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  @TempDir private Path directory;

  private ImageList list() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("config.yml"),
            "proxy: {upstreams: [ghcr.io, {name: 'registry.example:5000'}]}");
    return new ImageList(
        Routing.of(new ConfigLoader(Map.of()).load(file, Map.of()).config().proxy()));
  }

  private static List<String> names(ImageList list) {
    return list.images().stream()
        .map(image -> image.repository() + " " + image.reference())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "alpine, library/alpine latest",
    "alpine:3.20, library/alpine 3.20",
    "docker.io/library/redis, library/redis latest",
    "docker.io/owner/image:1, owner/image 1",
    "ghcr.io/owner/image:tag, ghcr.io/owner/image tag",
    "registry.example:5000/app, registry.example_5000/app latest",
    "registry.example:5000/app:1, registry.example_5000/app 1"
  })
  void aNameMeansWhatItMeansToClients(String name, String image) throws Exception {
    ImageList list = list();
    list.add(name);

    assertThat(list.problems()).isEmpty();
    assertThat(names(list)).containsExactly(image);
  }

  @Test
  void aDigestCountsMoreThanTheTagBeforeIt() throws Exception {
    ImageList list = list();
    list.add("library/alpine@" + DIGEST);
    list.add("alpine:3.20@" + DIGEST);

    assertThat(names(list)).containsExactly("library/alpine " + DIGEST);
  }

  @Test
  void aFileOfAnotherSystemMayHaveAByteOrderMarkAndCarriageReturns() throws Exception {
    ImageList list = list();
    list.read(new StringReader("\ufeffalpine:3.20\r\nredis:7\r\n"), "images.txt");

    assertThat(list.problems()).isEmpty();
    assertThat(names(list)).containsExactly("library/alpine 3.20", "library/redis 7");
  }

  @Test
  void aFileHasNamesOnLinesOrOnOneLineAndComments() throws Exception {
    ImageList list = list();
    list.read(
        new StringReader(
            """
            # what the team needs
            alpine:3.20
              redis:7  # the cache

            alpine:3.20 ghcr.io/owner/image:1 docker.io/library/redis:7\tbusybox
            """),
        "images.txt");

    assertThat(list.problems()).isEmpty();
    assertThat(names(list))
        .containsExactly(
            "library/alpine 3.20",
            "library/redis 7",
            "ghcr.io/owner/image 1",
            "library/busybox latest");
  }

  @Test
  void aWrongLineIsNamedByItsNumber() throws Exception {
    ImageList list = list();
    list.read(
        new StringReader("alpine\nUPPER\n<none>:<none>\n\nalpine@sha256:12 quay.io/o/i\n"), "list");

    assertThat(list.problems())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("list:2: 'UPPER' is not the name of an image"),
            line -> assertThat(line).startsWith("list:3: '<none>:<none>' is not"),
            line -> assertThat(line).startsWith("list:5: 'alpine@sha256:12' is not"),
            line ->
                assertThat(line)
                    .startsWith("list:5: 'quay.io/o/i' is not")
                    .contains("no upstream"));
  }

  @Test
  void aServerReadsTheNamesItself() throws IOException {
    ImageList list = new ImageList(Routing.asWritten());
    list.read(new StringReader("alpine ghcr.io/owner/image:1 docker.io/library/redis"), "list");

    assertThat(list.problems()).isEmpty();
    assertThat(names(list))
        .containsExactly(
            "alpine latest", "ghcr.io/owner/image 1", "docker.io/library/redis latest");
  }
}
