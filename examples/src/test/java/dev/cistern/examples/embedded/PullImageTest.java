package dev.cistern.examples.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.examples.testing.FakeUpstream;
import dev.cistern.examples.testing.SampleImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PullImageTest {

  private static final String NAME = "team/tools/app";

  // How many bytes one step writes, and so which tenths are skipped, depends on the timing.
  private static final Pattern HALF = Pattern.compile(" [45]0 %  ");

  private final SampleImage image = SampleImage.ofLayers(3_000, 2_000_000, 0, 70_000);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final FakeUpstream upstream = FakeUpstream.with(NAME, "1.0", image);
  private final Path directory;

  PullImageTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
  }

  @AfterEach
  void stop() {
    upstream.close();
  }

  @Test
  void anImageIsPulledAndWritten() throws IOException {
    assertThat(pull(NAME + ":1.0")).isZero();

    Digest manifest = Digest.sha256(image.manifest());
    assertThat(out.toString(UTF_8))
        .startsWith(NAME + ":1.0 is " + Digest.sha256(image.index()))
        .contains("linux/amd64 is " + manifest)
        .contains(" 100 %  2.1 of 2.1 MB, 5 of 5 blobs")
        .endsWith("written to " + directory.resolve("image") + System.lineSeparator());
    assertThat(err.toString(UTF_8)).isEmpty();
    for (byte[] blob : image.blobs()) {
      assertThat(written(Digest.sha256(blob))).hasBinaryContent(blob);
    }
    assertThat(written(manifest)).hasBinaryContent(image.manifest());
    assertThat(directory.resolve("image/index.json"))
        .content()
        .contains("\"" + manifest + "\"", "\"size\":" + image.manifest().length, "\"1.0\"");
    assertThat(directory.resolve("image/oci-layout"))
        .hasContent("{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  @Test
  void progressIsPrintedWhileBytesArrive() {
    // The upstream sends the second half only after the first half was reported.
    CountDownLatch half = new CountDownLatch(1);
    upstream.holdHalfway(image.blobs().get(2), half);
    ByteArrayOutputStream watched =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            if (HALF.matcher(toString(UTF_8)).find()) {
              half.countDown();
            }
          }
        };

    assertThat(run(watched, upstream.url(), NAME + ":1.0", directory.toString(), "linux/amd64"))
        .isZero();
    assertThat(watched.toString(UTF_8)).contains(" 100 %  ");
  }

  @Test
  void aSecondPullAsksUpstreamForTheTagAlone() {
    assertThat(pull(NAME + ":1.0")).isZero();
    List<String> first = upstream.requests();
    assertThat(first).doesNotHaveDuplicates().hasSize(3 + image.blobs().size());

    assertThat(pull(NAME + ":1.0")).isZero();
    List<String> second = upstream.requests();
    assertThat(second.subList(first.size(), second.size()))
        .containsExactly("HEAD /v2/" + NAME + "/manifests/1.0");
  }

  @Test
  void whatWasPulledIsPulledAgainWithoutUpstream() {
    assertThat(pull(NAME + ":1.0")).isZero();
    upstream.close();

    assertThat(pull(NAME + ":1.0")).isZero();
    assertThat(out.toString(UTF_8)).contains("  last confirmed ").endsWith(System.lineSeparator());
  }

  @Test
  void anImageIsPulledByDigestToo() {
    assertThat(pull(NAME + "@" + Digest.sha256(image.manifest()))).isZero();
    assertThat(written(Digest.sha256(image.blobs().get(1)))).exists();
  }

  @Test
  void aFailureIsOneLineThatSaysWhy() {
    assertThat(pull(NAME + ":2.0")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith("Cannot pull " + NAME + ":2.0: ").hasLineCount(1);

    err.reset();
    assertThat(run(out, upstream.url(), NAME + ":1.0", directory.toString(), "windows/amd64"))
        .isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .contains("does not support windows/amd64; available platforms: linux/arm64, linux/amd64")
        .hasLineCount(1);
  }

  @Test
  void invalidArgumentsAreRejected() {
    String url = upstream.url();
    String to = directory.toString();
    assertThat(run(out)).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("usage: ");
    assertThat(run(out, "registry.example", NAME, to)).isEqualTo(2);
    assertThat(run(out, url, "No/Such:Name", to)).isEqualTo(2);
    assertThat(run(out, url, NAME + ":a b", to)).isEqualTo(2);
    assertThat(run(out, url, NAME, "\0")).isEqualTo(2);
    assertThat(run(out, url, NAME, to, "linux")).isEqualTo(2);
    assertThat(upstream.requests()).isEmpty();
    assertThat(directory).isEmptyDirectory();
  }

  private int pull(String name) {
    return run(out, upstream.url(), name, directory.toString(), "linux/amd64");
  }

  private int run(ByteArrayOutputStream to, String... args) {
    return PullImage.run(args, new PrintStream(to, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private Path written(Digest digest) {
    return directory.resolve("image/blobs/sha256").resolve(digest.hex());
  }
}
