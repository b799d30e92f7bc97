package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.testing.Samples.ALPINE;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** A spool directory, and a store that has room for what is in it. */
final class TestSpool implements Closeable {

  final SpoolDirectory directory;
  final StorageFaults faults = new StorageFaults(InstantSource.system(), CacheListener.NONE);
  final BoundedStore store;
  private final Path base;

  private TestSpool(Path base, StorageDriver driver) {
    this.base = base;
    directory = SpoolDirectory.under(base);
    store =
        new BoundedStore(
            driver,
            Limits.DEFAULT,
            directory.unfinished(),
            InstantSource.system(),
            faults,
            CacheListener.NONE,
            Thread::new);
  }

  static TestSpool under(Path base) {
    return under(base, new MemoryDriver());
  }

  static TestSpool under(Path base, StorageDriver driver) {
    return new TestSpool(base, driver);
  }

  /**
   * A fetch that is not started.
   *
   * @param attempts how often a transfer may end early without a new byte
   */
  BlobFetch fetch(Digest digest, BlobSource source, TransferThreads threads, int attempts) {
    Interest interest = new Interest(Requester.UNKNOWN);
    return fetch(digest, source, threads, attempts, interest, CacheListener.NONE);
  }

  /** As above, with those who want it and a listener. */
  BlobFetch fetch(
      Digest digest,
      BlobSource source,
      TransferThreads threads,
      int attempts,
      Interest interest,
      CacheListener listener) {
    return new BlobFetch(
        digest,
        source,
        directory,
        store.room(ALPINE),
        threads,
        new RetryPolicy(attempts, Duration.ZERO, Duration.ZERO),
        Long.MAX_VALUE,
        interest,
        new ConnectionEvents(listener, new BlobTransfer("upstream", ALPINE, digest)));
  }

  /** A blob of which clients want parts, and nothing is here. */
  PartialBlob partial(Digest digest, long size) throws IOException {
    SpoolFile file = directory.openPieces(digest, size).orElseThrow();
    PartialBlob partial =
        new PartialBlob(digest, file, file.pieces().orElseThrow(), store.room(ALPINE));
    partial.startedBy(ALPINE);
    return partial;
  }

  /** The files of transfers, and the records of their pieces. */
  List<Path> files() {
    try (Stream<Path> all = Files.walk(base)) {
      return all.filter(file -> file.getFileName().toString().contains("sha256-")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    store.close();
    directory.close();
  }
}
