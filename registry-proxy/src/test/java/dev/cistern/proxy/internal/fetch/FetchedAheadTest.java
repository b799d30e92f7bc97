package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.ParallelTransfers;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs that are fetched before a client asks for them. */
class FetchedAheadTest {

  private static final int MB = 1 << 20;
  private static final byte[] CONTENT = Samples.bytes(12 * MB + 12_345);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private static final class Ahead implements Requester {

    private volatile boolean waiting = true;

    @Override
    public String client() {
      return "ahead";
    }

    @Override
    public boolean asksAhead() {
      return true;
    }

    @Override
    public boolean isWaiting() {
      return waiting;
    }
  }

  @TempDir Path base;

  private final Gate gate = new Gate();
  private final CacheThreads cache = new CacheThreads("test");
  private final ExecutorService transfers = Executors.newCachedThreadPool();
  private final UpstreamThreads threads =
      new UpstreamThreads(cache, "", 8, new ParallelTransfers(4, System::nanoTime));
  private final Ahead ahead = new Ahead();
  private final Interest interest = new Interest(ahead);
  private SpoolDirectory spools;
  private BoundedStore store;

  @BeforeEach
  void openSpool() {
    spools = SpoolDirectory.under(base);
    store =
        new BoundedStore(
            new MemoryDriver(),
            Limits.DEFAULT,
            spools.unfinished(),
            InstantSource.system(),
            new StorageFaults(InstantSource.system(), CacheListener.NONE),
            CacheListener.NONE,
            Thread::new);
  }

  @AfterEach
  void close() throws IOException {
    gate.open();
    transfers.shutdownNow();
    threads.close();
    cache.close();
    store.close();
    spools.close();
  }

  private BlobFetch fetch(BlobSource source, Interest wanted) {
    return new BlobFetch(
        DIGEST,
        source,
        spools,
        store.room(ALPINE),
        threads.transferring(),
        new RetryPolicy(3, Duration.ZERO, Duration.ZERO),
        Long.MAX_VALUE,
        wanted,
        new ConnectionEvents(CacheListener.NONE, new BlobTransfer("upstream", ALPINE, DIGEST)));
  }

  private CompletableFuture<SpoolFile> start(BlobFetch fetch) {
    CompletableFuture<SpoolFile> done = new CompletableFuture<>();
    transfers.execute(
        () -> {
          try {
            done.complete(fetch.run());
          } catch (RegistryException e) {
            fetch.fail(e);
            done.completeExceptionally(e);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private PartedSource source(int stop) {
    return new PartedSource(CONTENT, asked -> PartedSource.Fault.NONE, gate, stop, true);
  }

  @Test
  void aTransferThatNoClientAskedForInTimeEndsAndIsResumed() {
    PartedSource source = source(MB);
    CompletableFuture<SpoolFile> done = start(fetch(source, interest));
    gate.awaitArrival();

    ahead.waiting = false;
    gate.open();

    assertThatThrownBy(() -> Await.value(done)).hasMessageContaining("no client has asked for it");
    assertThat(source.asked).hasSize(1);
    PartedSource rest = source(0);
    BlobFetch second = fetch(rest, new Interest(Requester.UNKNOWN));
    Await.value(start(second));
    assertThat(rest.asked.get(0).position()).isEqualTo(MB);
    second.close();
  }

  @Test
  void aTransferThatAClientHasAskedForGoesOnWhenItLeaves() {
    BlobFetch fetch = fetch(source(MB), interest);
    CompletableFuture<SpoolFile> done = start(fetch);
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
    BlobFetch fetch = fetch(new Slow(source), interest);

    Await.value(start(fetch));

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

  private record SlowBlob(UpstreamBlob blob) implements UpstreamBlob {

    @Override
    public OptionalLong totalLength() {
      return blob.totalLength();
    }

    @Override
    public long start() {
      return blob.start();
    }

    @Override
    public Optional<String> etag() {
      return blob.etag();
    }

    @Override
    public boolean takesParts() {
      return blob.takesParts();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws RegistryException {
      LockSupport.parkNanos(Slow.PAUSE);
      return blob.read(buffer, offset, Math.min(length, 32 << 10));
    }

    @Override
    public void cancel() {
      blob.cancel();
    }

    @Override
    public void close() {
      blob.close();
    }
  }
}
