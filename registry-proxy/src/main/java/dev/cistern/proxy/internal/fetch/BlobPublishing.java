package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Stores fetched blobs, in the background. Their readers have all bytes before. Thread-safe. */
final class BlobPublishing {

  private final BoundedStore store;
  private final SpoolDirectory spools;
  private final Executor threads;
  private final StorageFaults faults;

  BlobPublishing(
      BoundedStore store, SpoolDirectory spools, Executor threads, StorageFaults faults) {
    this.store = store;
    this.spools = spools;
    this.threads = threads;
    this.faults = faults;
  }

  /**
   * Stores a blob, unless it is not to be stored any more when its turn comes.
   *
   * @param done run when the file is in the store, or is deleted
   */
  void start(ActiveFetch active, SpoolFile verified, Runnable done) {
    try {
      threads.execute(() -> publish(active, verified, done));
    } catch (RejectedExecutionException e) {
      faults.report(
          StorageFault.WRITE,
          "Too many blobs are waiting to be stored: blob "
              + active.fetch().digest()
              + " is not cached and will be fetched again",
          e);
      verified.delete();
      done.run();
    }
  }

  private void publish(ActiveFetch active, SpoolFile verified, Runnable done) {
    Digest digest = active.fetch().digest();
    RepositoryName repository = active.transfer().repository();
    try {
      if (active.beginStoring()) {
        store.publishBlob(repository, digest, verified.path(), active.fetch().room());
        spools.discard(digest);
      } else {
        verified.delete();
      }
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.WRITE,
          "Blob " + digest + " of " + repository + " could not be stored and will be fetched again",
          e);
      verified.delete();
    } finally {
      done.run();
    }
  }
}
