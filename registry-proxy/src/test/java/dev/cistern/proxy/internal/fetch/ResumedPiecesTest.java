package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ConnectedFetches.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.fetch.PartedSource.Fault;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What several connections have brought when a fetch ends is not fetched again. */
@DisplayName(
    "1. and 4. Pieces that a fetch has left are verified with the whole blob, and are in no store before")
class ResumedPiecesTest {

  private static final int MB = 1 << 20;
  private static final byte[] CONTENT = Samples.bytes(12 * MB + 12_345);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir private Path base;
  @TempDir private Path copy;

  private final Gate gate = new Gate();

  @AfterEach
  void openGate() {
    gate.open();
  }

  /** Sends the first MB, and then waits at the gate, and 4 MB from the fifth on. */
  private PartedSource standing() {
    return new PartedSource(
        CONTENT,
        asked -> asked.position() == 0 || asked.position() == 5 * MB ? Fault.NONE : Fault.REFUSED,
        gate,
        MB,
        true);
  }

  private static PartedSource sending(Fault resumed) {
    return new PartedSource(
        CONTENT, asked -> asked.position() == 0 ? Fault.NONE : resumed, new Gate(), -1, true);
  }

  private void endWithGap(ConnectedFetches fetches) throws IOException {
    endWithGap(fetches, () -> {});
  }

  /** A fetch that has the first MB, and 4 MB from the fifth on, when it ends. */
  private void endWithGap(ConnectedFetches fetches, BeforeTheEnd before) throws IOException {
    BlobFetch fetch = fetches.fetch(standing());
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    assertThat(range(fetch, 5 * MB, 9 * MB)).isEqualTo(Arrays.copyOfRange(CONTENT, 5 * MB, 9 * MB));
    gate.awaitArrival();
    before.run();
    fetch.cancel();
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> Await.value(done));
  }

  @FunctionalInterface
  private interface BeforeTheEnd {
    void run() throws IOException;
  }

  /** Fetches over one connection, so that no byte is sent that another one brings. */
  private static PartedSource goOn(ConnectedFetches fetches) throws IOException {
    return goOn(fetches, sending(Fault.NONE));
  }

  private static PartedSource goOn(ConnectedFetches fetches, PartedSource rest) throws IOException {
    BlobFetch fetch = fetches.fetch(rest);
    var following = fetch.follow(Role.LEADER, Requester.UNKNOWN);
    Await.value(fetches.start(fetch));
    try (BlobContent content = Await.value(following).orElseThrow()) {
      assertThat(Arrays.equals(Reading.all(content), CONTENT)).isTrue();
    }
    fetch.close();
    return rest;
  }

  private void copyAll() throws IOException {
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(base.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  @Test
  void afterAFailureOnlyWhatIsMissingIsRequested() throws Exception {
    try (ConnectedFetches fetches = new ConnectedFetches(base, DIGEST, 4)) {
      endWithGap(fetches);
      assertThat(fetches.spool.directory.unfinished().bytes()).isEqualTo(5L * MB);
      fetches.limit.refused();

      PartedSource rest = goOn(fetches);

      assertThat(rest.sent).hasValue(CONTENT.length - 5L * MB);
      assertThat(rest.asked.get(0)).isEqualTo(ResumePoint.at(MB).upTo(5L * MB));
    }
  }

  @Test
  void anUpstreamThatTakesNoRangesAnyMoreSendsTheBlobOnce() throws Exception {
    try (ConnectedFetches fetches = new ConnectedFetches(base, DIGEST, 4)) {
      endWithGap(fetches);
      fetches.limit.refused();

      assertThat(goOn(fetches, sending(Fault.ENTIRE)).sent).hasValue(CONTENT.length);
    }
  }

  @Test
  void afterTheCacheWasStoppedOnlyWhatIsMissingIsRequested() throws Exception {
    try (ConnectedFetches fetches = new ConnectedFetches(base, DIGEST, 4)) {
      endWithGap(fetches);
    }

    try (ConnectedFetches next = new ConnectedFetches(base, DIGEST, 1)) {
      assertThat(goOn(next).sent).hasValue(CONTENT.length - 5L * MB);
    }
  }

  @Test
  void afterAKillOnlyWhatIsMissingIsRequested() throws Exception {
    try (ConnectedFetches fetches = new ConnectedFetches(base, DIGEST, 4)) {
      endWithGap(fetches, this::copyAll);
    }

    try (ConnectedFetches next = new ConnectedFetches(copy, DIGEST, 1)) {
      long kept = next.spool.directory.unfinished().bytes();
      assertThat(kept).isBetween(5L * MB - PieceRecord.STEP, 5L * MB);
      assertThat(goOn(next).sent).hasValue(CONTENT.length - kept);
    }
  }

  @Test
  void bytesThatTheRecordNamesAndThatAreNotThereCostAnotherTransfer() throws Exception {
    try (ConnectedFetches fetches = new ConnectedFetches(base, DIGEST, 4)) {
      endWithGap(fetches, this::copyAll);
    }
    try (ConnectedFetches next = new ConnectedFetches(copy, DIGEST, 1)) {
      for (Path file : next.spool.files()) {
        if (file.getFileName().toString().startsWith("sha256-")) {
          try (FileChannel hole = FileChannel.open(file, StandardOpenOption.WRITE)) {
            hole.write(ByteBuffer.allocate(4096), 6L * MB);
          }
        }
      }
      PartedSource rest = sending(Fault.NONE);
      BlobFetch fetch = next.fetch(rest);
      CompletableFuture<SpoolFile> done = next.start(fetch);

      assertThat(Await.value(done).path()).hasBinaryContent(CONTENT);

      assertThat(rest.asked).contains(ResumePoint.START);
      try (BlobContent content = ConnectedFetches.reader(fetch)) {
        assertThat(Arrays.equals(Reading.all(content), CONTENT)).isTrue();
      }
      assertThat(next.spool.files()).hasSize(1);
      fetch.close();
    }
  }
}
