package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ScriptedSource.part;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.concurrent.WorkQueue;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Queues;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobFetchesTest {

  private static final byte[] CONTENT = Samples.bytes(200_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final RetryPolicy NO_RETRIES = new RetryPolicy(0, Duration.ZERO, Duration.ZERO);

  private final MemoryDriver driver = new MemoryDriver();
  private final ContentStore store = new ContentStore(driver);
  private final TestSpool spool;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Runnable> unpublished = new ArrayDeque<>();
  private final BlobFetches fetches;

  /** Asked again by what it has called. */
  private BlobFetches again;

  // Those of the fetches that were made last.
  private TransferThreads transferring = new TransferThreads(Queues.of(threads), threads);

  BlobFetchesTest(@TempDir Path base) {
    spool = TestSpool.under(base, driver);
    fetches = fetches(threads, unpublished::add);
    again = fetches;
  }

  @AfterEach
  void end() throws IOException {
    threads.shutdownNow();
    spool.close();
  }

  private BlobFetches fetches(Executor transfers, Executor publishing) {
    return fetches(Queues.of(transfers), publishing);
  }

  private BlobFetches fetches(WorkQueue transfers, Executor publishing) {
    return fetches(transfers, publishing, RetryPolicy.DEFAULT, CacheListener.NONE);
  }

  private BlobFetches fetches(
      WorkQueue transfers, Executor publishing, RetryPolicy retries, CacheListener listener) {
    transferring = new TransferThreads(transfers, threads);
    return new BlobFetches(
        spool.store, spool.directory, publishing, retries, Long.MAX_VALUE, spool.faults, listener);
  }

  private static BlobContent opened(CompletionStage<Optional<BlobContent>> following) {
    return Await.value(following).orElseThrow();
  }

  private void awaitThreads() {
    threads.shutdown();
    assertThat(Uninterruptibles.awaitTerminationUninterruptibly(threads, Await.DEADLINE)).isTrue();
  }

  private static BlobSource never() {
    return from -> {
      throw new AssertionError("a second transfer");
    };
  }

  private static Requester from(String client) {
    return new Requester() {
      @Override
      public String client() {
        return client;
      }

      @Override
      public boolean isWaiting() {
        return true;
      }

      @Override
      public List<String> passed() {
        return List.of("passed " + client);
      }
    };
  }

  @Test
  void aClientThatJoinsAWaitingFetchGetsAPlaceOfItsOwn() {
    List<String> places = new ArrayList<>();
    Queue<WorkQueue.Work> waiting = new ArrayDeque<>();
    BlobFetches queued =
        fetches(
            (client, work) -> {
              waiting.add(work);
              return places::add;
            },
            unpublished::add);
    AtomicReference<Set<String>> passed = new AtomicReference<>(Set.of());
    CompletionStage<Optional<BlobContent>> first =
        queued.follow(
            ALPINE,
            DIGEST,
            from -> {
              passed.set(UpstreamWork.passed());
              return FakeBlob.of(CONTENT);
            },
            transferring,
            from("10.0.0.1"));
    CompletionStage<Optional<BlobContent>> second =
        queued.follow(ALPINE, DIGEST, never(), transferring, from("10.0.0.2"));

    assertThat(places).containsExactly("10.0.0.1", "10.0.0.2");
    waiting.remove().run();
    opened(first).close();
    opened(second).close();
    assertThat(passed.get()).containsExactly("passed 10.0.0.1", "passed 10.0.0.2");
  }

  @Test
  void theFlightLastsUntilTheBlobIsPublished() throws IOException {
    try (BlobContent content =
            opened(
                fetches.follow(
                    ALPINE,
                    DIGEST,
                    from -> FakeBlob.of(CONTENT),
                    transferring,
                    Requester.UNKNOWN));
        BlobContent latecomer =
            opened(fetches.follow(ALPINE, DIGEST, never(), transferring, Requester.UNKNOWN))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
      assertThat(Reading.all(latecomer)).isEqualTo(CONTENT);
    }
    awaitThreads();

    assertThat(fetches.isInProgress(DIGEST)).isTrue();
    unpublished.remove().run();
    assertThat(fetches.isInProgress(DIGEST)).isFalse();
    assertThat(store.blob(ALPINE, DIGEST)).isPresent();
  }

  @Test
  void theFileIsClosedOnceItIsPublishedAndItsReadersHaveLeft() throws IOException {
    BlobFetches direct = fetches(Runnable::run, unpublished::add);
    BlobContent content =
        opened(
            direct.follow(
                ALPINE, DIGEST, from -> FakeBlob.of(CONTENT), transferring, Requester.UNKNOWN));
    FileChannel channel = content.channel().orElseThrow();

    unpublished.remove().run();
    assertThat(Reading.all(content)).isEqualTo(CONTENT);
    content.close();
    content.close();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aBlobThatWasJustPublishedIsReadFromStorage() throws IOException {
    BlobFetches direct = fetches(Runnable::run, Runnable::run);
    opened(
            direct.follow(
                ALPINE, DIGEST, from -> FakeBlob.of(CONTENT), transferring, Requester.UNKNOWN))
        .close();

    assertThat(Await.value(direct.follow(ALPINE, DIGEST, never(), transferring, Requester.UNKNOWN)))
        .isEmpty();
    assertThat(direct.isInProgress(DIGEST)).isFalse();
  }

  @Test
  void aFullQueueForStorageHarmsNoReader() throws IOException {
    BlobFetches full =
        fetches(
            threads,
            task -> {
              throw new RejectedExecutionException("full");
            });
    Gate gate = new Gate();
    try (BlobContent content =
        opened(
            full.follow(
                ALPINE,
                DIGEST,
                from -> FakeBlob.stoppingAt(gate, 100_000, CONTENT),
                transferring,
                Requester.UNKNOWN))) {
      gate.open();
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
      awaitThreads();

      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    assertThat(full.isInProgress(DIGEST)).isFalse();
  }

  @Test
  void rejectedTransfersAreUnavailableAndForgotten() {
    BlobFetches full =
        fetches(
            task -> {
              throw new RejectedExecutionException("full");
            },
            unpublished::add);

    assertThat(
            Await.failure(full.follow(ALPINE, DIGEST, never(), transferring, Requester.UNKNOWN))
                .code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(full.isInProgress(DIGEST)).isFalse();
  }

  @Test
  void aTransferThatThrowsIsForgotten() throws IOException {
    for (Throwable death : new Throwable[] {new IllegalStateException(), new OutOfMemoryError()}) {
      BlobSource dying =
          from -> {
            if (death instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) death;
          };

      assertThat(
              Await.failure(fetches.follow(ALPINE, DIGEST, dying, transferring, Requester.UNKNOWN))
                  .code())
          .isEqualTo(ErrorCode.UNKNOWN);
      assertThat(fetches.isInProgress(DIGEST)).isFalse();
    }
    try (BlobContent content =
        opened(
            fetches.follow(
                ALPINE, DIGEST, from -> FakeBlob.of(CONTENT), transferring, Requester.UNKNOWN))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
  }

  @Test
  void anotherRepositoryFollowsOnlyWhenAllowed() throws IOException {
    Gate gate = new Gate();
    try (BlobContent content =
        opened(
            fetches.follow(
                ALPINE,
                DIGEST,
                from -> FakeBlob.stoppingAt(gate, 100_000, CONTENT),
                transferring,
                Requester.UNKNOWN))) {
      assertThat(fetches.isReadable(ALPINE, DIGEST)).isTrue();
      assertThat(fetches.isReadable(DEBIAN, DIGEST)).isFalse();
      assertThat(
              Await.value(fetches.follow(DEBIAN, DIGEST, never(), transferring, Requester.UNKNOWN)))
          .isEmpty();
      assertThat(fetches.isReadable(DEBIAN, DIGEST)).isFalse();

      fetches.allowFollowing(DEBIAN, DIGEST);

      gate.open();
      try (BlobContent other =
          opened(fetches.follow(DEBIAN, DIGEST, never(), transferring, Requester.UNKNOWN))) {
        assertThat(Reading.all(other)).isEqualTo(CONTENT);
      }
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
  }

  @Test
  void whoComesWhenAFetchHasFailedGoesOnWithWhatItHasReceived() throws IOException {
    ScriptedSource broken = new ScriptedSource().then(part(CONTENT, 0).breakingOffAt(100_000));
    ScriptedSource rest = new ScriptedSource().then(part(CONTENT, 100_000));
    CompletableFuture<CompletionStage<Optional<BlobContent>>> second = new CompletableFuture<>();
    CacheListener retrying =
        new CacheListener() {
          @Override
          public void fetchFailed(BlobTransfer transfer, Throwable cause) {
            second.complete(again.follow(ALPINE, DIGEST, rest, transferring, Requester.UNKNOWN));
          }
        };
    again = fetches(Queues.of(Runnable::run), unpublished::add, NO_RETRIES, retrying);

    opened(again.follow(ALPINE, DIGEST, broken, transferring, Requester.UNKNOWN)).close();

    try (BlobContent content = opened(second.join())) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    assertThat(rest.asked).extracting(ResumePoint::position).containsExactly(100_000L);
  }

  @Test
  void whoComesWhileAFetchIsDroppedLooksAgainWhenItsFileIsKept() throws IOException {
    Ahead nobody = new Ahead();
    ScriptedSource rest = new ScriptedSource().then(part(CONTENT, 100_000));
    CompletableFuture<CompletionStage<Optional<BlobContent>>> second = new CompletableFuture<>();
    BlobSource dropped =
        from ->
            new ForwardingBlob(FakeBlob.of(CONTENT)) {
              private int received;

              @Override
              public int read(byte[] buffer, int offset, int length) throws RegistryException {
                nobody.waiting = received < 100_000;
                int count = super.read(buffer, offset, Math.min(length, 50_000));
                received += count;
                return count;
              }

              @Override
              public void close() {
                super.close();
                second.complete(
                    again.follow(ALPINE, DIGEST, rest, transferring, Requester.UNKNOWN));
              }
            };
    again = fetches(Runnable::run, unpublished::add);

    opened(again.follow(ALPINE, DIGEST, dropped, transferring, nobody)).close();

    assertThat(Await.value(second.join())).isEmpty();
    try (BlobContent content =
        opened(again.follow(ALPINE, DIGEST, rest, transferring, Requester.UNKNOWN))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    assertThat(rest.asked).extracting(ResumePoint::position).containsExactly(100_000L);
  }

  @Test
  void moreThanTheDeclaredLengthNeverCompletes() throws IOException {
    BlobSource lying = from -> FakeBlob.declaring(OptionalLong.of(CONTENT.length - 1), CONTENT);
    try (BlobContent content =
        opened(fetches.follow(ALPINE, DIGEST, lying, transferring, Requester.UNKNOWN))) {
      assertThatIOException().isThrownBy(() -> Reading.all(content));
    }
    assertThat(unpublished).isEmpty();
  }

  @Test
  void aBlobWithoutADeclaredLengthIsAnsweredWithItsSizeWhenItIsWhole() throws IOException {
    BlobSource silent = from -> FakeBlob.declaring(OptionalLong.empty(), CONTENT);
    try (BlobContent content =
        opened(fetches.follow(ALPINE, DIGEST, silent, transferring, Requester.UNKNOWN))) {
      assertThat(content.size()).hasValue(CONTENT.length);
      assertThat(content.available(0)).isEqualTo(CONTENT.length);
    }
  }

  @Test
  void whenTheDiskFailsTheRestIsReadFromTheUpstream() throws IOException {
    Gate gate = new Gate();
    AtomicInteger transfers = new AtomicInteger();
    BlobSource source =
        from ->
            transfers.incrementAndGet() == 1
                ? FakeBlob.stoppingAt(gate, 100_000, CONTENT)
                : FakeBlob.of(CONTENT);
    try (BlobContent content =
        opened(fetches.follow(ALPINE, DIGEST, source, transferring, Requester.UNKNOWN))) {
      gate.awaitArrival();
      byte[] early = Reading.from(content, 0, content.available(0));
      assertThat(early).hasSizeGreaterThan(10_000).isEqualTo(Arrays.copyOf(CONTENT, early.length));

      // As the disk's failure looks to the transfer, and to nobody who has read what was there.
      content.channel().orElseThrow().close();
      gate.open();

      assertThat(Reading.from(content, early.length, Long.MAX_VALUE))
          .isEqualTo(Arrays.copyOfRange(CONTENT, early.length, CONTENT.length));
      assertThat(content.channel()).isEmpty();
    }
    assertThat(transfers).hasValue(2);
    assertThat(unpublished).isEmpty();
    assertThat(fetches.isInProgress(DIGEST)).isFalse();
  }

  @Test
  void closingEndsATransferThatIsReading() throws IOException {
    Gate gate = new Gate();
    FakeBlob body = FakeBlob.stoppingAt(gate, 100_000, CONTENT);
    try (BlobContent content =
        opened(fetches.follow(ALPINE, DIGEST, from -> body, transferring, Requester.UNKNOWN))) {
      gate.awaitArrival();

      fetches.close();

      assertThatIOException().isThrownBy(() -> Reading.all(content));
    }
    assertThat(body.closed).isTrue();
  }

  @Test
  void closingEndsATransferThatHasNotBegunToRead() {
    Gate gate = new Gate();
    FakeBlob body = FakeBlob.of(CONTENT);
    CompletionStage<Optional<BlobContent>> following =
        fetches.follow(
            ALPINE,
            DIGEST,
            from -> {
              gate.pass();
              return body;
            },
            transferring,
            Requester.UNKNOWN);
    gate.awaitArrival();

    fetches.close();
    gate.open();

    assertThat(Await.failure(following).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(body.closed).isTrue();
  }

  @Test
  void aReadRespectsTheLimitOfItsBuffer() throws IOException {
    BlobFetches direct = fetches(Runnable::run, unpublished::add);
    try (BlobContent content =
        opened(
            direct.follow(
                ALPINE, DIGEST, from -> FakeBlob.of(CONTENT), transferring, Requester.UNKNOWN))) {
      ByteBuffer target = ByteBuffer.allocate(100).position(10).limit(60);

      assertThat(content.read(target, 199_990)).isEqualTo(10);
      assertThat(target.position()).isEqualTo(20);
      assertThat(target.limit()).isEqualTo(60);
      assertThat(content.read(target, 200_000)).isEqualTo(-1);
      assertThat(content.read(ByteBuffer.allocate(0), 5)).isZero();
    }
  }

  @Test
  void oneTransferServesRequestsOfManyThreads() throws Exception {
    AtomicInteger transfers = new AtomicInteger();
    Gate gate = new Gate();
    BlobSource source =
        from -> {
          transfers.incrementAndGet();
          return FakeBlob.stoppingAt(gate, 70_000, CONTENT);
        };
    List<Future<byte[]>> bodies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      bodies.add(
          threads.submit(
              () -> {
                try (BlobContent content =
                    opened(
                        fetches.follow(ALPINE, DIGEST, source, transferring, Requester.UNKNOWN))) {
                  gate.open();
                  return Reading.all(content);
                }
              }));
    }
    for (Future<byte[]> body : bodies) {
      assertThat(body.get()).isEqualTo(CONTENT);
    }
    assertThat(transfers).hasValue(1);
  }
}
