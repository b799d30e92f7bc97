package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockResponseBody;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("11. The size of a fetched blob is bounded, whatever the upstream sends")
@Timeout(120)
class LargeBlobTest {

  private static final String NAME = ALPINE.value();
  private static final long LIMIT = 24 << 20;
  private static final Digest DIGEST = Digest.sha256(Samples.bytes(10));

  private final FakeRegistry registry = FakeRegistry.start();
  private final Path spool;
  private final PullThroughCache cache;
  private final AtomicLong sent = new AtomicLong();
  private final CountDownLatch ended = new CountDownLatch(1);

  LargeBlobTest(@TempDir Path spool) {
    this.spool = spool;
    cache = cache(LIMIT);
  }

  private PullThroughCache cache(long largest) {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(new MemoryDriver())
        .spoolDirectory(spool)
        .limits(Limits.builder().maxBlobSize(largest).build())
        .build();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  /** A body that ends only with its connection. */
  private final class Endless implements MockResponseBody {

    private final long announced;

    Endless(long announced) {
      this.announced = announced;
    }

    @Override
    public long getContentLength() {
      return announced;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      byte[] chunk = new byte[64 * 1024];
      try {
        while (true) {
          if (announced < 0) {
            sink.writeUtf8("10000\r\n").write(chunk).writeUtf8("\r\n").flush();
          } else {
            sink.write(chunk).flush();
          }
          sent.addAndGet(chunk.length);
        }
      } finally {
        ended.countDown();
      }
    }
  }

  private void endless(long announced) {
    MockResponse.Builder answer = new MockResponse.Builder().body(new Endless(announced));
    if (announced < 0) {
      answer.removeHeader("Content-Length").setHeader("Transfer-Encoding", "chunked");
    }
    registry.answer(getBlob(NAME, DIGEST), request -> answer.build());
  }

  private long spooled() throws IOException {
    try (Stream<Path> files = Files.walk(spool)) {
      return files.filter(file -> file.getFileName().toString().startsWith("sha256-")).count();
    }
  }

  @Test
  void anAnnouncedSizeAboveTheLimitIsRefused() {
    endless(LIMIT + 1);

    RegistryException failure = Await.failure(cache.blob(ALPINE, DIGEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("at most " + LIMIT);
  }

  @Test
  void aSizeAtTheLimitIsFetched() throws IOException {
    byte[] content = Samples.bytes(1 << 20);
    Digest digest = registry.blob(NAME, content);
    try (PullThroughCache exact = cache(content.length);
        BlobContent blob = Await.value(exact.blob(ALPINE, digest))) {
      assertThat(Reading.all(blob)).isEqualTo(content);
    }
  }

  @Test
  void aBlobWithoutALengthIsCutAtTheLimit() throws IOException {
    endless(-1);

    assertThat(Await.failure(cache.blob(ALPINE, DIGEST))).hasMessageContaining("at most " + LIMIT);
    Await.latch(ended);
    assertThat(spooled()).isZero();
  }

  @Test
  void aBlobWithoutALengthIsNotFetchedOnWhenItsClientHasLeft() {
    endless(-1);
    Requester gone =
        new Requester() {
          @Override
          public String client() {
            return "10.0.0.1";
          }

          @Override
          public boolean isWaiting() {
            return sent.get() == 0;
          }
        };

    CompletionStage<BlobContent> blob = cache.blob(ALPINE, DIGEST, gone);

    assertThat(Await.failure(blob)).hasMessageContaining("no client reads it");
    Await.latch(ended);
  }

  @Test
  void aReaderOfALargeBlobIsCutWhenItIsLargerThanAnnounced() throws IOException {
    endless(1 << 20);

    try (BlobContent blob = Await.value(cache.blob(ALPINE, DIGEST))) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
  }
}
