package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.CountedEvents;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.NoTransfers;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;

/** A bounded store over a directory, with what its tests do again and again. */
abstract class BoundedStoreFixture {

  final CountedEvents events = new CountedEvents();

  static final Duration HOUR = Duration.ofHours(1);
  static final int SIZE = 100_000;

  /** Room for three blobs and a bit. */
  static final long THREE = 3 * Costs.of(SIZE) + 1_000;

  final Path root;
  final FilesystemDriver driver;
  final ContentInventory inventory;
  final ManualClock clock = new ManualClock();
  BoundedStore store;

  BoundedStoreFixture(Path directory) throws IOException {
    root = directory;
    // Files have the time of the machine, and this must not be behind.
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    driver = FilesystemDriver.open(root);
    inventory = new ContentInventory(driver);
    store = open(Limits.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  BoundedStore open(Limits limits) {
    return open(driver, limits);
  }

  BoundedStore open(StorageDriver over, Limits limits) {
    BoundedStore opened =
        new BoundedStore(
            over,
            limits,
            new NoTransfers(),
            clock,
            new StorageFaults(clock, events),
            events,
            Thread::new);
    opened.start();
    Await.until(() -> opened.usage().indexed());
    return opened;
  }

  void reopen(Limits.Builder limits) {
    store.close();
    store = open(often(limits));
  }

  void awaitGone(Digest digest) {
    Await.until(() -> !holds(digest));
  }

  boolean holds(Digest digest) {
    try {
      return inventory.blob(digest).isPresent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Digest publish(RepositoryName repository, int note) throws IOException {
    return publish(store, repository, note);
  }

  Digest publish(BoundedStore into, RepositoryName repository, int note) throws IOException {
    byte[] content = Samples.bytes(SIZE);
    content[0] = (byte) note;
    Path file = Files.write(Files.createTempFile(root, "blob", ""), content);
    Digest digest = Digest.sha256(content);
    try (Room room = into.room(repository)) {
      room.reserve(content.length);
      into.publishBlob(repository, digest, file, room);
    }
    // Storage has its own clock.
    inventory.touch(digest, clock.instant());
    return digest;
  }

  void use(RepositoryName repository, Digest digest) throws IOException {
    store.blob(repository, digest).orElseThrow().close();
  }

  /** These limits, applied so often that a test need not wait. */
  static Limits often(Limits.Builder limits) {
    return limits.sweep(Duration.ofMillis(5)).build();
  }

  StoredManifest tagged(RepositoryName repository, String tag) throws IOException {
    StoredManifest manifest = manifest(Samples.manifest(tag));
    store.publishManifest(repository, manifest);
    inventory.touch(manifest.digest(), clock.instant());
    new ContentStore(driver).tag(repository, new Tag(tag), manifest.digest());
    return manifest;
  }

  static StoredManifest manifest(String text) {
    return manifest(text.getBytes(StandardCharsets.UTF_8));
  }

  static StoredManifest manifest(byte[] body) {
    return StoredManifest.of(Digest.sha256(body), MediaType.OCI_MANIFEST, body);
  }
}
