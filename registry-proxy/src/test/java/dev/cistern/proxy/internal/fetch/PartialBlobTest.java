package dev.cistern.proxy.internal.fetch;

import static dev.cistern.api.ErrorCode.BAD_GATEWAY;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How pieces of a blob pass from those who read them to others. */
class PartialBlobTest {

  private static final byte[] CONTENT = "hello".getBytes(UTF_8);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final TestSpool spool;
  private final SpoolDirectory spools;

  PartialBlobTest(@TempDir Path base) {
    spool = TestSpool.under(base);
    spools = spool.directory;
  }

  private final HeldFetches fetches = new HeldFetches(new ScriptedSource(), RetryPolicy.DEFAULT);

  @AfterEach
  void close() throws IOException {
    spool.close();
  }

  private PartialBlob partial() throws IOException {
    PartialBlob partial = spool.partial(DIGEST, CONTENT.length);
    spools.partials().put(DIGEST, partial);
    Claim claim = partial.claim(1, 3).orElseThrow();
    partial.kept().pieces().admit(claim, 2);
    partial.write(claim, new byte[] {CONTENT[1], CONTENT[2]}, 2);
    partial.kept().pieces().release(claim);
    partial.confirmed(ALPINE);
    return partial;
  }

  private SpoolFile open() {
    try {
      return spools.open(DIGEST);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFetchOfTheWholeThatBeginsWhileThePiecesAreBeingKeptFindsThem() throws IOException {
    PartialBlob partial = partial();
    CompletableFuture<SpoolFile> whole = new CompletableFuture<>();
    Thread opening = new Thread(() -> whole.complete(open()));

    PartialBlob.End end =
        partial.end(
            () -> {
              opening.start();
              long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
              while (opening.getState() != Thread.State.WAITING && !whole.isDone()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
              }
              partial.close();
              spools.keepPieces(DIGEST, partial.file(), partial.kept().settled());
            });

    assertThat(end).isEqualTo(PartialBlob.End.KEPT);
    SpoolFile file = Await.value(whole);
    assertThat(file.pieces().map(KeptPieces::bytes)).hasValue(2L);
    file.delete();
    file.release();
  }

  @Test
  void noReaderWaitsForTheDiskWhileThePiecesAreBeingKept() throws IOException {
    PartialBlob partial = partial();
    Gate disk = new Gate();
    CompletableFuture<PartialBlob.End> end =
        CompletableFuture.supplyAsync(
            () ->
                partial.end(
                    () -> {
                      disk.pass();
                      partial.file().delete();
                      partial.close();
                    }));
    disk.awaitArrival();

    CompletableFuture<Boolean> over = CompletableFuture.supplyAsync(partial::isOver);

    assertThat(Await.value(over)).isTrue();
    assertThat(partial.end(() -> {})).isEqualTo(PartialBlob.End.NONE);
    disk.open();
    assertThat(Await.value(end)).isEqualTo(PartialBlob.End.KEPT);
    assertThat(partial.hasEnded()).isTrue();
  }

  @Test
  void piecesThatAreRemovedWhileTheyAreOpenedBeginAnew() throws Exception {
    for (int i = 0; i < 300; i++) {
      PartialBlob partial = partial();
      partial.close();
      spools.partials().remove(DIGEST);
      spools.keepPieces(DIGEST, partial.file(), partial.kept().settled());
      Thread removing = new Thread(() -> spools.unfinished().removeOldest());
      removing.start();

      Optional<SpoolFile> file = spools.openPieces(DIGEST, CONTENT.length);

      removing.join();
      assertThat(file.flatMap(SpoolFile::pieces)).isPresent();
      assertThat(file.orElseThrow().path()).exists();
      file.orElseThrow().delete();
      file.orElseThrow().release();
    }
  }

  @Test
  void rule2AReaderThatHasFailedStartsNoFurtherFetch() throws IOException {
    PartialBlob partial = partial();
    PartReader reader = waiting(partial, Requester.UNKNOWN);

    partial.fail(fetches.started.get(0), new RegistryException(BAD_GATEWAY, "it fails"));

    // As when the end of another fetch wakes it just now.
    assertThat(partial.want(reader, fetches.fetch(partial, reader, 0, 1))).isEmpty();
    end(partial, reader);
  }

  @Test
  void rule3AReaderThatRegistersJustAfterItHasFailedIsWoken() throws IOException {
    PartialBlob partial = partial();
    PartReader reader = waiting(partial, Requester.UNKNOWN);

    // As when the end of another fetch has woken it.
    CompletableFuture<Boolean> woken =
        registeredJustAfter(
            partial,
            reader,
            0,
            () -> partial.fail(fetches.started.get(0), new RegistryException(BAD_GATEWAY, "no")));

    assertThat(Await.value(woken)).isTrue();
    end(partial, reader);
  }

  @Test
  void rule3AReaderThatRegistersJustAfterTheWholeHasBegunIsWoken() throws IOException {
    PartialBlob partial = partial();
    CompletableFuture<BlobContent> whole = new CompletableFuture<>();
    BlobContent all =
        RelayedBlob.start(
            DIGEST,
            new ScriptedSource().then(ScriptedSource.part(CONTENT, 0)),
            BlobHash.of(DIGEST.algorithm()),
            0,
            Runnable::run,
            RetryPolicy.DEFAULT,
            Long.MAX_VALUE);
    PartReader reader =
        new PartReader(
            partial,
            new PartReader.Wanted(
                ALPINE, new WantedRanges(List.of(new ByteRange(2, 3))), Requester.UNKNOWN),
            fetches,
            () -> whole);
    assertThat(partial.join(reader)).isTrue();
    assertThat(reader.opened().toCompletableFuture()).isCompletedWithValue(reader);
    assertThat(partial.abandon()).isTrue();
    assertThat(reader.whenAvailable(3, () -> {})).isTrue();

    CompletableFuture<Boolean> woken =
        registeredJustAfter(partial, reader, 3, () -> whole.complete(all));

    assertThat(Await.value(woken)).isTrue();
    assertThat(reader.available(3)).isEqualTo(1);
    end(partial, reader);
  }

  /**
   * Lets a reader register for a byte which it has found missing, and lets something happen between
   * the two.
   *
   * @return completes when the reader is woken
   */
  private static CompletableFuture<Boolean> registeredJustAfter(
      PartialBlob partial, PartReader reader, long position, Runnable event) {
    CompletableFuture<Boolean> woken = new CompletableFuture<>();
    FetchProgress progress = partial.progress();
    Thread registering =
        new Thread(() -> reader.whenAvailable(position, () -> woken.complete(true)));
    synchronized (progress) {
      registering.start();
      Await.until(() -> registering.getState() == Thread.State.BLOCKED);
      event.run();
    }
    return woken;
  }

  @Test
  void rule7AReaderThatHasJustComeDoesNotFailWithAFetchThatNoClientWaitsFor() throws IOException {
    PartialBlob partial = spool.partial(DIGEST, CONTENT.length);
    PartReader gone = waiting(partial, GONE);
    PartReader coming = joined(partial, Requester.UNKNOWN);

    fetches.started.get(0).run();

    assertThat(gone.hasFailed()).isTrue();
    assertThat(coming.hasFailed()).isFalse();
    assertThat(coming.whenAvailable(0, () -> {})).isTrue();
    assertThat(fetches.started).hasSize(2);
    gone.close();
    end(partial, coming);
  }

  @Test
  void rule7AReaderThatHasJustComeDoesNotFailWithAFetchThatIsRejected() throws IOException {
    PartialBlob partial = spool.partial(DIGEST, CONTENT.length);
    PartReader rejected = waiting(partial, Requester.UNKNOWN);
    PartReader coming = joined(partial, Requester.UNKNOWN);

    fetches.started.get(0).reject(Rejection.full(1));

    assertThat(rejected.hasFailed()).isTrue();
    assertThat(coming.hasFailed()).isFalse();
    rejected.close();
    end(partial, coming);
  }

  private static final Requester GONE =
      new Requester() {
        @Override
        public String client() {
          return "gone";
        }

        @Override
        public boolean isWaiting() {
          return false;
        }
      };

  /** A reader of the first byte. */
  private PartReader joined(PartialBlob partial, Requester requester) {
    PartReader reader =
        new PartReader(
            partial,
            new PartReader.Wanted(
                ALPINE, new WantedRanges(List.of(new ByteRange(0, 0))), requester),
            fetches,
            () -> CompletableFuture.failedStage(new AssertionError("the whole is not wanted")));
    assertThat(partial.join(reader)).isTrue();
    return reader;
  }

  /** A reader that waits for the first byte, for which a fetch is started. */
  private PartReader waiting(PartialBlob partial, Requester requester) {
    PartReader reader = joined(partial, requester);
    assertThat(reader.whenAvailable(0, () -> {})).isTrue();
    assertThat(fetches.started).hasSize(1);
    return reader;
  }

  private static void end(PartialBlob partial, PartReader reader) {
    reader.close();
    partial.file().delete();
    partial.close();
  }

  @Test
  void onlyOneEntityTagIsLearned() {
    KeptPieces kept = KeptPieces.none(CONTENT.length);

    assertThat(kept.learn(Optional.empty())).isTrue();
    assertThat(kept.learn(Optional.of("\"a\""))).isTrue();
    assertThat(kept.learn(Optional.of("\"b\""))).isFalse();
    assertThat(kept.learn(Optional.empty())).isTrue();
    assertThat(kept.etag()).hasValue("\"a\"");
  }
}
