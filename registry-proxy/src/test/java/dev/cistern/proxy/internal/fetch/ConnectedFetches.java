package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.ParallelTransfers;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Reading;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Fetches of one blob over several connections. */
final class ConnectedFetches implements Closeable {

  final TestSpool spool;
  final CacheThreads cache = new CacheThreads("test");
  final ExecutorService readers = Executors.newCachedThreadPool();
  final ParallelTransfers limit;
  private final UpstreamThreads threads;
  private final Digest digest;

  /**
   * @param most how many connections a fetch may have
   */
  ConnectedFetches(Path base, Digest digest, int most) {
    this.digest = digest;
    spool = TestSpool.under(base);
    limit = new ParallelTransfers(most, System::nanoTime);
    threads = new UpstreamThreads(cache, "", 8, limit);
  }

  BlobFetch fetch(BlobSource source) {
    return fetch(source, threads);
  }

  BlobFetch fetch(BlobSource source, CacheListener listener) {
    return fetch(source, new Interest(Requester.UNKNOWN), listener);
  }

  BlobFetch fetch(BlobSource source, Interest interest) {
    return fetch(source, interest, CacheListener.NONE);
  }

  private BlobFetch fetch(BlobSource source, Interest interest, CacheListener listener) {
    return spool.fetch(digest, source, threads.transferring(), 3, interest, listener);
  }

  BlobFetch fetch(BlobSource source, UpstreamThreads others) {
    return spool.fetch(digest, source, others.transferring(), 3);
  }

  /** Completes when the blob is verified, or when the readers know that it failed. */
  CompletableFuture<SpoolFile> start(BlobFetch fetch) {
    CompletableFuture<SpoolFile> done = new CompletableFuture<>();
    readers.execute(
        () -> {
          try {
            done.complete(fetch.run());
          } catch (RegistryException e) {
            fetch.fail(e, () -> {});
            done.completeExceptionally(e);
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  static BlobContent reader(BlobFetch fetch) {
    return Await.value(fetch.follow(Role.FOLLOWER, Requester.UNKNOWN)).orElseThrow();
  }

  static byte[] range(BlobFetch fetch, int first, int end) throws IOException {
    try (BlobContent content = reader(fetch)) {
      content.willRead(first, end);
      return Reading.from(content, first, end - first);
    }
  }

  @Override
  public void close() throws IOException {
    readers.shutdownNow();
    threads.close();
    cache.close();
    spool.close();
  }
}
