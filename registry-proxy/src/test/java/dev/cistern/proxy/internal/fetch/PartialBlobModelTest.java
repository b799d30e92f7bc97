package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random traces of readers that come, wait, read and leave while others receive, fail or end, and
 * the whole may be wanted at any time, against a model that marks each byte. What happens while a
 * fetch receives happens within its reads, on one thread, so that a seed repeats a trace.
 */
class PartialBlobModelTest {

  private static final int STEPS = 60;

  private final TestSpool spool;
  private int blobs;

  PartialBlobModelTest(@TempDir Path base) {
    spool = TestSpool.under(base);
  }

  @AfterEach
  void close() throws IOException {
    spool.close();
  }

  static List<Long> seeds() {
    return new Random(19).longs(60).boxed().toList();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void readersGetTheirBytesAndNoneIsReceivedTwice(long seed) throws IOException {
    new Trace(new Random(seed), Samples.bytes(20_000 + blobs++)).run();
  }

  /** One blob, from its first reader until all have left. */
  private final class Trace implements BlobSource {

    private final Random random;
    private final byte[] content;
    private final PartialBlob partial;
    private final int[] times;
    private final List<Reader> readers = new ArrayList<>();
    private final HeldFetches fetches =
        new HeldFetches(this, new RetryPolicy(3, Duration.ZERO, Duration.ZERO));
    private final List<PieceFetch> waiting = fetches.started;
    private int receiving;
    private boolean over;
    private boolean handedOver;

    Trace(Random random, byte[] content) throws IOException {
      this.random = random;
      this.content = content;
      times = new int[content.length];
      partial = spool.partial(Digest.sha256(content), content.length);
    }

    void run() throws IOException {
      for (int step = 0; step < STEPS; step++) {
        step(step);
      }
      while (!waiting.isEmpty()) {
        runOne();
      }
      for (Reader reader : List.copyOf(readers)) {
        reader.finish();
      }
      assertThat(Arrays.stream(times)).allMatch(count -> count <= 1);
      for (int i = 0; i < times.length; i++) {
        assertThat(partial.kept().pieces().endOfHere(i) > i).isEqualTo(times[i] == 1);
      }
      requireEnd();
    }

    private void requireEnd() {
      boolean[] kept = new boolean[1];
      PartialBlob.End end = partial.end(() -> kept[0] = true);
      assertThat(kept[0]).isEqualTo(!over);
      assertThat(end)
          .isEqualTo(
              !over
                  ? PartialBlob.End.KEPT
                  : handedOver ? PartialBlob.End.LEAVE : PartialBlob.End.DELETE);
      assertThat(partial.hasEnded()).isTrue();
      assertThat(partial.end(() -> kept[0] = true)).isEqualTo(PartialBlob.End.NONE);
      partial.file().delete();
      partial.close();
    }

    private void step(int step) throws IOException {
      int choice = random.nextInt(100);
      if (choice < 35) {
        comes();
      } else if (choice < 60 && !readers.isEmpty()) {
        readers.get(random.nextInt(readers.size())).read();
      } else if (choice < 70 && !readers.isEmpty()) {
        readers.get(random.nextInt(readers.size())).leave();
      } else if (choice < 97 && !waiting.isEmpty()) {
        runOne();
      } else if (choice >= 97 && step > STEPS / 2 && !over) {
        endsEarly();
      }
      if (readers.stream().anyMatch(Reader::isIn) || receiving > 0 || !waiting.isEmpty()) {
        assertThat(partial.end(() -> {})).isEqualTo(PartialBlob.End.NONE);
      }
    }

    private void comes() throws IOException {
      int first = random.nextInt(content.length);
      int last = Math.min(content.length - 1, first + random.nextInt(4_000));
      Reader reader = new Reader(first, last);
      boolean joined = partial.join(reader.part);
      // Not after its first fetch has failed: then the repository may not have the blob.
      assertThat(joined).isEqualTo(!over && partial.isReadable(ALPINE));
      assertThat(partial.isReadable(ALPINE) || partial.kept().bytes() == 0).isTrue();
      if (joined) {
        readers.add(reader);
        reader.opened = reader.part.opened().toCompletableFuture();
        reader.read();
      }
    }

    private void endsEarly() {
      over = true;
      handedOver = random.nextBoolean();
      if (handedOver) {
        Optional<SpoolFile> file = partial.handOver();
        assertThat(file).isPresent();
        file.orElseThrow().release();
      } else {
        assertThat(partial.abandon()).isTrue();
        partial.kept().endReceivers();
      }
      assertThat(partial.handOver()).isEmpty();
    }

    private void runOne() {
      PieceFetch fetch = waiting.remove(random.nextInt(waiting.size()));
      receiving++;
      fetch.run();
      receiving--;
    }

    @Override
    public UpstreamBlob open(ResumePoint asked) throws RegistryException {
      if (random.nextInt(10) == 0) {
        throw new RegistryException(ErrorCode.UNAVAILABLE, "it fails");
      }
      return new Sending((int) asked.position(), (int) asked.end().orElseThrow());
    }

    /** Other things happen while it sends. */
    private final class Sending implements UpstreamBlob {

      private final int start;
      private final int end;
      private int position;

      Sending(int start, int end) {
        this.start = start;
        this.end = end;
        position = start;
      }

      @Override
      public OptionalLong totalLength() {
        return OptionalLong.of(content.length);
      }

      @Override
      public long start() {
        return start;
      }

      @Override
      public Optional<String> etag() {
        return Optional.empty();
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws RegistryException {
        if (receiving < 4 && random.nextInt(3) == 0) {
          try {
            step(STEPS);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
        if (position == end) {
          return -1;
        }
        if (random.nextInt(12) == 0) {
          throw new RegistryException(ErrorCode.BAD_GATEWAY, "it breaks off");
        }
        int count = Math.min(1 + random.nextInt(900), end - position);
        System.arraycopy(content, position, buffer, offset, count);
        if (!partial.kept().writes().isClosed()) {
          for (int i = 0; i < count; i++) {
            times[position + i]++;
          }
        }
        position += count;
        return count;
      }

      @Override
      public void cancel() {}

      @Override
      public void close() {}
    }

    /** Reads one range, as far as there are bytes, and waits for others. */
    private final class Reader {

      private final int last;
      private final PartReader part;
      private CompletableFuture<BlobContent> opened = new CompletableFuture<>();
      private int position;
      private boolean waits;
      private boolean failed;

      Reader(int first, int last) {
        this.last = last;
        position = first;
        part =
            new PartReader(
                partial,
                new PartReader.Wanted(
                    ALPINE,
                    new WantedRanges(List.of(new ByteRange(first, last))),
                    Requester.UNKNOWN),
                fetches,
                () -> CompletableFuture.completedStage(new Whole()));
      }

      void read() throws IOException {
        if (!opened.isDone()) {
          return;
        }
        failed = opened.isCompletedExceptionally();
        while (position <= last && !waits && !failed) {
          BlobContent content = opened.join();
          try {
            long available = content.available(position);
            if (available > 0) {
              take(content, (int) Math.min(available, 1 + random.nextInt(500)));
            } else {
              // Before it registers: it may be woken within.
              waits = true;
              if (!content.whenAvailable(position, () -> waits = false)) {
                waits = false;
              }
            }
          } catch (IOException e) {
            assertThat(e).hasMessageMatching("it (fails|breaks off)|A part of blob .*");
            failed = true;
          }
        }
        if (position > last || failed) {
          leave();
        }
      }

      private void take(BlobContent content, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        assertThat(content.read(bytes, position)).isEqualTo(count);
        for (int i = 0; i < count; i++) {
          assertThat(bytes.get(i)).isEqualTo(Trace.this.content[position + i]);
        }
        position += count;
      }

      /** Not when it has failed, or follows the whole. */
      boolean isIn() {
        return !opened.isDone() || (!opened.isCompletedExceptionally() && opened.join() == part);
      }

      void leave() {
        part.close();
        readers.remove(this);
      }

      /** Nobody is left without its bytes, an error, or somebody who brings them. */
      void finish() throws IOException {
        while (readers.contains(this)) {
          assertThat(opened.isDone() && !waits)
              .as("waits for byte %d, which nobody brings", position)
              .isTrue();
          read();
          while (!waiting.isEmpty()) {
            runOne();
          }
        }
      }
    }

    /** What a fetch of the whole brings. */
    private final class Whole implements BlobContent {

      @Override
      public Digest digest() {
        return partial.digest();
      }

      @Override
      public CacheStatus status() {
        return CacheStatus.Hit.BY_DIGEST;
      }

      @Override
      public Optional<FileChannel> channel() {
        return Optional.empty();
      }

      @Override
      public OptionalLong size() {
        return OptionalLong.of(content.length);
      }

      @Override
      public long available(long position) {
        return content.length - position;
      }

      @Override
      public boolean whenAvailable(long position, Runnable wake) {
        return false;
      }

      @Override
      public int read(ByteBuffer target, long position) {
        int count = Math.min(target.remaining(), content.length - (int) position);
        target.put(content, (int) position, count);
        return count;
      }

      @Override
      public void close() {}
    }
  }
}
