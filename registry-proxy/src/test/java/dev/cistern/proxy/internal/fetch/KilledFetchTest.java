package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.RangedBlob;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that fetches one blob over several connections, and is killed. */
@DisplayName(
    "1. and 4. After a kill, the next process gets the right bytes, and only those that are missing")
class KilledFetchTest {

  private static final int MB = 1 << 20;
  private static final byte[] CONTENT = Samples.bytes(32 * MB);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir private Path root;
  private final FakeRegistry registry = FakeRegistry.start();

  @AfterEach
  void close() {
    registry.close();
  }

  private Process start() throws IOException {
    Process cache =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.cistern.proxy.crash.DoomedCache",
                root.toString(),
                registry.url(),
                "1000000000")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Reading its output cannot be interrupted.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(cache::destroyForcibly);
    return cache;
  }

  /** What the record of the file in the spool names. */
  private Optional<Runs> recorded() throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(".cistern/spool"))) {
      List<Path> transfers =
          files.filter(file -> file.getFileName().toString().startsWith("sha256-")).toList();
      return transfers.isEmpty()
          ? Optional.empty()
          : new PieceRecord(transfers.get(0))
              .read(Files.size(transfers.get(0)))
              .map(kept -> kept.pieces().here());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private void awaitPieces(Process cache) throws IOException {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (true) {
      Optional<Runs> runs = recorded();
      if (runs.isPresent() && runs.get().count() - runs.get().endAt(0) >= 2 * MB) {
        return;
      }
      assertThat(System.nanoTime()).isLessThan(deadline);
      assertThat(cache.isAlive()).isTrue();
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void theNextProcessRequestsOnlyWhatTheKilledOneHadNotRecorded() throws Exception {
    RangedBlob blob = RangedBlob.in(registry, ALPINE.value(), CONTENT);
    // So slow that several connections help.
    registry.answer(
        FakeRegistry.getBlob(ALPINE.value(), DIGEST),
        request ->
            blob.to(request)
                .newBuilder()
                .throttleBody(64 << 10, 20, TimeUnit.MILLISECONDS)
                .build());
    Process cache = start();
    try (BufferedReader out =
            new BufferedReader(new InputStreamReader(cache.getInputStream(), US_ASCII));
        Socket client =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()))) {
      client.getOutputStream().write("blob %s %s\n".formatted(ALPINE, DIGEST).getBytes(US_ASCII));
      awaitPieces(cache);
    } finally {
      cache.destroyForcibly();
      assertThat(cache.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    long kept = recorded().orElseThrow().count();
    RangedBlob rest = RangedBlob.in(registry, ALPINE.value(), CONTENT);

    try (PullThroughCache next =
            PullThroughCache.builder()
                .upstream(registry.connect())
                .blobConnections(1)
                .storage(FilesystemDriver.open(root))
                .build();
        BlobContent content = Await.value(next.blob(ALPINE, DIGEST))) {
      assertThat(Arrays.equals(Reading.all(content), CONTENT)).isTrue();
    }

    assertThat(kept).isGreaterThanOrEqualTo(2 * MB);
    assertThat(rest.bytes()).as("%s", rest.asked()).isEqualTo(CONTENT.length - kept);
  }
}
