package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs that are fetched before a client asks for them. */
class FetchedAheadTest {

  private static final int MB = 1 << 20;
  private static final byte[] CONTENT = Samples.bytes(12 * MB + 12_345);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final Gate gate = new Gate();
  private final Ahead ahead = new Ahead();
  private final Interest interest = new Interest(ahead);
  private final ConnectedFetches fetches;

  FetchedAheadTest(@TempDir Path base) {
    fetches = new ConnectedFetches(base, DIGEST, 4);
  }

  @AfterEach
  void close() throws IOException {
    gate.open();
    fetches.close();
  }

  private PartedSource source(int stop) {
    return new PartedSource(CONTENT, asked -> PartedSource.Fault.NONE, gate, stop, true);
  }

  @Test
  void aTransferThatNoClientAskedForInTimeEndsAndIsResumed() {
    PartedSource source = source(MB);
    CompletableFuture<SpoolFile> done = fetches.start(fetches.fetch(source, interest));
    gate.awaitArrival();

    ahead.waiting = false;
    gate.open();

    assertThatThrownBy(() -> Await.value(done)).hasMessageContaining("no client has asked for it");
    assertThat(source.asked).hasSize(1);
    PartedSource rest = source(0);
    BlobFetch second = fetches.fetch(rest);
    Await.value(fetches.start(second));
    assertThat(rest.asked.get(0).position()).isEqualTo(MB);
    second.close();
  }

  @Test
  void aTransferThatAClientHasAskedForGoesOnWhenItLeaves() {
    BlobFetch fetch = fetches.fetch(source(MB), interest);
    CompletableFuture<SpoolFile> done = fetches.start(fetch);
    gate.awaitArrival();

    interest.join(Requester.UNKNOWN);
    interest.leave(Requester.UNKNOWN);
    ahead.waiting = false;
    gate.open();

    Await.value(done);
    fetch.close();
  }

  @Test
  void oneConnectionIsEnoughWhileNoClientWaits() {
    PartedSource source = source(0);
    gate.open();
    BlobFetch fetch = fetches.fetch(new Slow(source), interest);

    Await.value(fetches.start(fetch));

    assertThat(source.asked).hasSize(1);
    fetch.close();
  }

  /** So slow that further connections would help. */
  private record Slow(PartedSource source) implements BlobSource {

    private static final long PAUSE = 5_000_000;

    @Override
    public Optional<Parts> parts() {
      return source.parts();
    }

    @Override
    public UpstreamBlob open(ResumePoint from) throws RegistryException {
      return new SlowBlob(source.open(from));
    }
  }

  private static final class SlowBlob extends ForwardingBlob {

    SlowBlob(UpstreamBlob blob) {
      super(blob);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws RegistryException {
      LockSupport.parkNanos(Slow.PAUSE);
      return super.read(buffer, offset, Math.min(length, 32 << 10));
    }
  }
}
