package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ConnectedFetches.range;
import static dev.cistern.proxy.internal.fetch.ConnectedFetches.reader;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.fetch.PartedSource.Fault;
import dev.cistern.proxy.internal.fetch.PartedSource.Faults;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One blob that comes over several connections. */
class ParallelFetchTest {

  private static final int MB = 1 << 20;
  private static final int MOST = 4;
  private static final byte[] CONTENT = Samples.bytes(12 * MB + 12_345);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final Faults NO_FAULT = asked -> Fault.NONE;

  private final Gate gate = new Gate();
  private final ConnectedFetches fetches;

  ParallelFetchTest(@TempDir Path base) {
    fetches = new ConnectedFetches(base, DIGEST, MOST);
  }

  @AfterEach
  void close() throws IOException {
    gate.open();
    fetches.close();
  }

  private PartedSource stoppingAt(int position, Faults faults) {
    return new PartedSource(CONTENT, faults, gate, position, true);
  }

  private static byte[] slice(int first, int end) {
    return Arrays.copyOfRange(CONTENT, first, end);
  }

  private static boolean isPart(ResumePoint asked) {
    return asked.end().isPresent();
  }

  @Test
  void aReaderFarFromTheFrontHasItsBytesWhileTheFrontStands() throws Exception {
    PartedSource source = stoppingAt(MB, NO_FAULT);
    BlobFetch fetch = fetches.fetch(source);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);

    assertThat(range(fetch, 9 * MB, 10 * MB)).isEqualTo(slice(9 * MB, 10 * MB));
    int tail = CONTENT.length - 65_536;
    assertThat(range(fetch, tail, CONTENT.length)).isEqualTo(slice(tail, CONTENT.length));

    assertThat(fetch.verifiedSize()).isEmpty();
    gate.open();
    try (BlobContent whole = reader(fetch)) {
      assertThat(Arrays.equals(Reading.all(whole), CONTENT)).isTrue();
    }
    Await.value(done);
    fetch.close();
  }

  @Test
  void readersOfTheWholeGetNothingOfTheEndThatIsNotVerified() throws Exception {
    BlobFetch fetch = fetches.fetch(stoppingAt(MB, NO_FAULT));
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    int tail = CONTENT.length - 65_536;
    range(fetch, tail - MB, CONTENT.length);

    try (BlobContent whole = reader(fetch);
        BlobContent rest = reader(fetch)) {
      rest.willRead(1, CONTENT.length);
      assertThat(whole.available(tail - 1)).isOne();
      assertThat(whole.available(tail)).isZero();
      assertThat(rest.available(tail)).isZero();
    }
    gate.open();
    Await.value(done);
    fetch.close();
  }

  @Test
  void eachByteIsSentOnceWhenNothingFails() throws Exception {
    PartedSource source = stoppingAt(MB, NO_FAULT);
    BlobFetch fetch = fetches.fetch(source);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    range(fetch, 5 * MB, 6 * MB);
    range(fetch, 9 * MB, 10 * MB);

    gate.open();
    Await.value(done);

    // What is read of an answer before it is stopped at a piece is a buffer at most.
    assertThat(source.sent.get())
        .as("%s", source.asked)
        .isLessThan(CONTENT.length + source.asked.size() * 64L * 1024);
    fetch.close();
  }

  @Test
  void aReaderFarFromTheFrontGetsOneConnection() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    CacheListener listener =
        new CacheListener() {
          @Override
          public void connectionOpened(BlobTransfer transfer) {
            opened.incrementAndGet();
          }
        };
    BlobFetch fetch = fetches.fetch(stoppingAt(MB, NO_FAULT), listener);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);

    range(fetch, 5 * MB, 6 * MB);

    assertThat(opened).hasValue(1);
    gate.open();
    Await.value(done);
    fetch.close();
  }

  @Test
  void aReaderThatComesWhenAConnectionHasJustFoundNothingMoreGetsOne(@TempDir Path other)
      throws Exception {
    try (ConnectedFetches two = new ConnectedFetches(other, DIGEST, 2)) {
      CompletableFuture<BlobContent> far = new CompletableFuture<>();
      CompletableFuture<Void> woken = new CompletableFuture<>();
      CacheListener listener =
          new CacheListener() {
            @Override
            public void connectionClosed(BlobTransfer transfer) {
              if (!woken.isDone()) {
                Await.value(far).whenAvailable(9L * MB, () -> woken.complete(null));
              }
            }
          };
      BlobFetch fetch = two.fetch(stoppingAt(MB, NO_FAULT), listener);
      CompletableFuture<SpoolFile> done = two.start(fetch);
      BlobContent content = reader(fetch);
      content.willRead(9L * MB, 10L * MB);
      range(fetch, 5 * MB, 6 * MB);

      far.complete(content);

      Await.value(woken);
      gate.open();
      Await.value(done);
      content.close();
      fetch.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "ENTIRE", "OTHER_SIZE", "OTHER_ETAG", "CUT"})
  void whenAFurtherConnectionFailsTheFirstGoesOnAlone(Fault fault) throws Exception {
    PartedSource source = stoppingAt(MB, asked -> isPart(asked) ? fault : Fault.NONE);
    BlobFetch fetch = fetches.fetch(source);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    CompletableFuture<byte[]> far =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return range(fetch, 9 * MB, 11 * MB);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            },
            fetches.readers);
    awaitRefusal();

    gate.open();

    assertThat(Await.value(far)).isEqualTo(slice(9 * MB, 11 * MB));
    Await.value(done);
    // One for the reader; others may have been on their way when it was refused.
    assertThat(source.asked.stream().filter(ParallelFetchTest::isPart)).hasSizeBetween(1, 2 * MOST);
    assertThat(fetches.limit.most()).isOne();
    fetch.close();
  }

  private void awaitRefusal() {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (fetches.limit.most() > 1 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  @Test
  void wrongBytesOfAPieceAreFetchedOnceMoreAndNeverComplete() throws Exception {
    PartedSource source = stoppingAt(MB, asked -> isPart(asked) ? Fault.WRONG_BYTES : Fault.NONE);
    BlobFetch fetch = fetches.fetch(source);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    assertThat(range(fetch, 9 * MB, 10 * MB)).isNotEqualTo(slice(9 * MB, 10 * MB));

    gate.open();
    Await.value(done);

    try (BlobContent whole = reader(fetch)) {
      assertThat(Arrays.equals(Reading.all(whole), CONTENT)).isTrue();
    }
    fetch.close();
  }

  @Test
  void aSpareThreadThatWaitsForHeadersIsFreeAsSoonAsOtherWorkNeedsIt() throws Exception {
    UpstreamThreads one = new UpstreamThreads(fetches.cache, "-one", 1, fetches.limit);
    Gate asked = new Gate();
    asked.open();
    BlobFetch fetch = fetches.fetch(new SilentForParts(stoppingAt(MB, NO_FAULT), asked), one);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    BlobContent far = reader(fetch);
    far.whenAvailable(9L * MB, () -> {});
    asked.awaitArrival();

    CompletableFuture<Void> other = new CompletableFuture<>();
    one.transferring().transfers().executor().execute(() -> other.complete(null));

    Await.value(other);
    assertThat(fetches.limit.most()).as("that was no refusal").isEqualTo(MOST);
    gate.open();
    Await.value(done);
    far.close();
    fetch.close();
    one.close();
  }

  /** Answers requests for the whole blob, and never those for a part. */
  private record SilentForParts(PartedSource source, Gate asked) implements BlobSource {

    @Override
    public Optional<Parts> parts() {
      return Optional.of(part -> silence());
    }

    private UpstreamBlob silence() throws RegistryException {
      CountDownLatch cancelled = new CountDownLatch(1);
      UpstreamWork.stop().waiting(cancelled::countDown);
      asked.pass();
      Await.latch(cancelled);
      UpstreamWork.stop().answered();
      throw new RegistryException(ErrorCode.UNAVAILABLE, "cancelled");
    }

    @Override
    public UpstreamBlob open(ResumePoint from) throws RegistryException {
      return source.open(from);
    }
  }

  /**
   * Readers anywhere, requests that fail in any way: every reader gets the bytes that it asked for.
   */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void readersAnywhereGetTheirBytesWhateverFails(long seed) throws Exception {
    Random random = new Random(seed);
    Fault[] harmless = {
      Fault.NONE, Fault.NONE, Fault.NONE, Fault.CUT, Fault.REFUSED, Fault.ENTIRE, Fault.OTHER_SIZE
    };
    Faults faults =
        asked -> {
          synchronized (random) {
            Fault fault = harmless[random.nextInt(harmless.length)];
            return isPart(asked) || (fault == Fault.CUT && asked.position() > 0)
                ? fault
                : Fault.NONE;
          }
        };
    PartedSource source = stoppingAt(MB, faults);
    BlobFetch fetch = fetches.fetch(source);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    List<CompletableFuture<Void>> reading = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      int first = i == 0 ? 0 : new Random(seed * 100 + i).nextInt(CONTENT.length - 1);
      int end =
          i == 0
              ? CONTENT.length
              : first + 1 + new Random(seed * 200 + i).nextInt(CONTENT.length - first);
      reading.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  assertThat(Arrays.equals(range(fetch, first, end), slice(first, end))).isTrue();
                } catch (IOException e) {
                  throw new AssertionError("seed " + seed, e);
                }
              },
              fetches.readers));
      if (i == 6) {
        gate.open();
      }
    }

    reading.forEach(Await::value);
    Await.value(done);
    fetch.close();
  }
}
