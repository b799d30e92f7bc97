package dev.cistern.proxy.internal.shared;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.NoTransfers;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cache fetched while the store that it shares with others failed. */
class LateUploadsTest {

  /** The parts of a cache that store content. */
  private final class Parts implements AutoCloseable {

    final StorageDriver driver;
    final BoundedStore local;
    final CacheThreads threads = new CacheThreads("late");
    final SharedStore shared;

    Parts(Clock clock) throws IOException {
      StorageFaults faults = new StorageFaults(clock, CacheListener.NONE);
      driver = FilesystemDriver.open(directory.resolve("local"));
      local =
          new BoundedStore(
              driver,
              Limits.DEFAULT,
              new NoTransfers(),
              clock,
              faults,
              CacheListener.NONE,
              threads.threads("sweep"));
      shared =
          new SharedStore(
              remote, driver, local, threads, Limits.DEFAULT, OptionalLong.empty(), clock, faults);
      local.onChanges(shared.uploads());
      local.start();
      Await.until(() -> local.usage().indexed());
      shared.lateUploads().run();
    }

    Digest blob(int size) throws IOException {
      byte[] content = Samples.bytes(size);
      Digest digest = Digest.sha256(content);
      Path file = Files.write(directory.resolve("blob-" + size), content);
      local.publishBlob(ALPINE, digest, file, local.room(ALPINE));
      return digest;
    }

    Digest tag() throws IOException {
      byte[] body = Samples.manifest("late");
      Digest digest = Digest.sha256(body);
      local.publishManifest(ALPINE, StoredManifest.of(digest, MediaType.OCI_MANIFEST, body));
      new ContentStore(driver).tag(ALPINE, LATEST, digest);
      local.tagged(ALPINE, LATEST, digest);
      return digest;
    }

    void awaitUploads() {
      Await.until(() -> shared.pending() == 0);
    }

    /** Until the store works, and as often as it takes. */
    void runUntil(Callable<Boolean> done) {
      Await.until(
          () -> {
            shared.lateUploads().run();
            return done.call();
          });
    }

    @Override
    public void close() throws IOException {
      shared.close();
      threads.close();
      local.close();
      driver.close();
    }
  }

  private final Path directory;
  private final RemoteDriver remote = new RemoteDriver(Clock.systemUTC());
  private final ContentStore stored = new ContentStore(remote);
  private Parts parts;

  LateUploadsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    parts = new Parts(Clock.systemUTC());
  }

  @AfterEach
  void close() throws Exception {
    parts.close();
  }

  private void restart(Clock clock) throws Exception {
    parts.close();
    parts = new Parts(clock);
  }

  private void fail(RemoteDriver.Hook hook) {
    remote.beforeLooks(hook);
    remote.beforeWrites(hook);
  }

  private static void down(String key, long position) throws IOException {
    throw new StorageException(Kind.UNAVAILABLE, "the bucket is down", null);
  }

  private static void works(String key, long position) {}

  private boolean has(Digest digest) {
    try {
      return stored.blobSize(ALPINE, digest).isPresent()
          || stored.blobSize(DEBIAN, digest).isPresent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private boolean hasTag(Digest digest) {
    try {
      return stored.manifest(ALPINE, digest).isPresent()
          && stored.tag(ALPINE, LATEST).filter(digest::equals).isPresent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatCouldNotBeStoredIsStoredOnceTheStoreWorksAgain() throws IOException {
    fail(LateUploadsTest::down);
    Digest blob = parts.blob(100_000);
    Digest manifest = parts.tag();
    new ContentStore(parts.driver).link(DEBIAN, blob);
    parts.local.linked(DEBIAN, blob);
    parts.awaitUploads();
    parts.shared.lateUploads().run();
    fail(LateUploadsTest::works);
    assertThat(has(blob)).isFalse();

    parts.runUntil(() -> has(blob) && hasTag(manifest));

    assertThat(stored.blobSize(DEBIAN, blob)).hasValue(100_000);
  }

  @Test
  void manifestsThatWaitAreNotHeldInMemory() throws IOException {
    Gate bucket = new Gate();
    remote.beforeWrites((key, position) -> bucket.pass());
    parts.tag();
    bucket.awaitArrival();

    WeakReference<byte[]> waiting = publish("waiting");

    Await.until(
        () -> {
          System.gc();
          return waiting.get() == null;
        });
    bucket.open();
    parts.awaitUploads();
    assertThat(stored.manifest(ALPINE, Digest.sha256(Samples.manifest("waiting")))).isPresent();
  }

  private WeakReference<byte[]> publish(String note) throws IOException {
    byte[] body = Samples.manifest(note);
    parts.local.publishManifest(
        ALPINE, StoredManifest.of(Digest.sha256(body), MediaType.OCI_MANIFEST, body));
    return new WeakReference<>(body);
  }

  @Test
  void aRestartForgetsNothing() throws Exception {
    fail(LateUploadsTest::down);
    Digest blob = parts.blob(100_000);
    Digest manifest = parts.tag();
    parts.awaitUploads();
    restart(Clock.systemUTC());
    fail(LateUploadsTest::works);

    parts.runUntil(() -> has(blob) && hasTag(manifest));
  }

  @Test
  void whatCannotBeReadHereDoesNotKeepTheRestFromTheStore() throws Exception {
    fail(LateUploadsTest::down);
    Digest manifest = parts.tag();
    byte[] content = Samples.bytes(3_000);
    Digest blob = Digest.sha256(content);
    Path file = Files.write(directory.resolve("readable"), content);
    parts.local.publishBlob(DEBIAN, blob, file, parts.local.room(DEBIAN));
    parts.awaitUploads();
    String hex = manifest.hex();
    Path data =
        directory.resolve(
            "local/docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
    Files.delete(data);
    Files.createSymbolicLink(data, data);
    fail(LateUploadsTest::works);

    parts.runUntil(() -> has(blob));
  }

  /** The store may have evicted it, and another cache may need the room more. */
  @Test
  void whatNobodyHasUsedSinceDoesNotComeBack() throws Exception {
    ManualClock clock = new ManualClock();
    Files.delete(directory.resolve("local").resolve(UploadMark.KEY));
    restart(clock);
    Digest unused = parts.blob(1_000);
    Await.until(() -> has(unused));
    parts.awaitUploads();
    new ContentInventory(remote).delete(unused);
    clock.advance(Duration.ofHours(1));
    parts.shared.lateUploads().run();

    fail(LateUploadsTest::down);
    Digest missed = parts.blob(2_000);
    parts.awaitUploads();
    fail(LateUploadsTest::works);
    parts.runUntil(() -> has(missed));
    parts.shared.lateUploads().run();

    assertThat(has(unused)).isFalse();
  }

  @Test
  void aTagThatAnotherCacheHasSetSinceStays() throws IOException {
    fail(LateUploadsTest::down);
    Digest manifest = parts.tag();
    parts.awaitUploads();
    fail(LateUploadsTest::works);
    byte[] newer = Samples.manifest("newer");
    Digest theirs = Digest.sha256(newer);
    stored.publishManifest(ALPINE, StoredManifest.of(theirs, MediaType.OCI_MANIFEST, newer));
    stored.tag(ALPINE, LATEST, theirs);
    Digest last = parts.blob(1_000);

    parts.runUntil(
        () -> {
          try {
            return has(last) && stored.manifest(ALPINE, manifest).isPresent();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    parts.shared.lateUploads().run();

    assertThat(stored.tag(ALPINE, LATEST)).contains(theirs);
  }

  @Test
  void aStoreThatTakesNothingIsLeftAloneForAWhile() throws Exception {
    ManualClock clock = new ManualClock();
    Files.delete(directory.resolve("local").resolve(UploadMark.KEY));
    restart(clock);
    AtomicInteger attempts = new AtomicInteger();
    remote.beforeWrites(
        (key, position) -> {
          attempts.incrementAndGet();
          throw new StorageException(Kind.FULL, "the bucket is full", null);
        });
    for (int i = 1; i <= 10; i++) {
      Digest unused = parts.blob(1_000 + i);
    }
    parts.awaitUploads();
    attempts.set(0);

    for (int i = 0; i < 5; i++) {
      parts.shared.lateUploads().run();
    }

    assertThat(attempts).hasValue(3);
    clock.advance(Duration.ofSeconds(61));
    parts.shared.lateUploads().run();
    assertThat(attempts).hasValue(6);
    clock.advance(Duration.ofSeconds(61));
    parts.shared.lateUploads().run();
    assertThat(attempts).hasValue(6);
  }
}
