package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that leave while their request waits for its turn. */
class LeavingClientsTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final byte[] OTHER = Samples.bytes(200_000);

  private static final class Client implements Requester {

    volatile boolean waiting = true;

    @Override
    public String client() {
      return "10.0.0.1";
    }

    @Override
    public boolean isWaiting() {
      return waiting;
    }
  }

  private final FakeRegistry registry = FakeRegistry.start();
  private final Gate gate = registry.gate();
  private final PullThroughCache cache;
  private final CountDownLatch joined = new CountDownLatch(1);
  private final Client leaving = new Client();
  private final Client staying = new Client();

  LeavingClientsTest(@TempDir Path spool) {
    cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .maxTransfers(1)
            .listener(
                new CacheListener() {
                  @Override
                  public void fetchJoined(BlobTransfer transfer, Cause by) {
                    joined.countDown();
                  }
                })
            .build();
    // Occupies the only thread for transfers until the gate opens.
    Digest busy = Digest.sha256(OTHER);
    registry.answer(
        getBlob(NAME, busy),
        request -> {
          gate.pass();
          return body(OTHER);
        });
    CompletionStage<BlobContent> unused = cache.blob(ALPINE, busy);
    gate.awaitArrival();
    registry.blob(NAME, CONTENT);
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  @Test
  void workThatNobodyWaitsForIsNotSent() {
    CompletionStage<BlobContent> dropped = cache.blob(ALPINE, DIGEST, leaving);
    leaving.waiting = false;
    gate.open();

    assertThat(Await.failure(dropped)).hasMessageContaining("no client waits for it");
    assertThat(registry.count(getBlob(NAME, DIGEST))).isZero();
  }

  @Test
  void workThatAnotherStillWaitsForIsDone() throws IOException {
    CompletionStage<BlobContent> first = cache.blob(ALPINE, DIGEST, leaving);
    CompletionStage<BlobContent> second = cache.blob(ALPINE, DIGEST, staying);
    Await.latch(joined);
    leaving.waiting = false;
    gate.open();

    try (BlobContent content = Await.value(second)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    Await.value(first).close();
    assertThat(registry.count(getBlob(NAME, DIGEST))).isEqualTo(1);
  }

  @Test
  void workThatWasDroppedIsDoneForTheNextWhoWantsIt() throws IOException {
    CompletionStage<BlobContent> dropped = cache.blob(ALPINE, DIGEST, leaving);
    leaving.waiting = false;
    gate.open();
    Await.failure(dropped);

    try (BlobContent content = Await.value(cache.blob(ALPINE, DIGEST, staying))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
  }
}
