package dev.cistern.proxy.internal.store;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedStoreTest extends BoundedStoreFixture {

  BoundedStoreTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  // Size

  @Test
  void theLeastRecentlyUsedIsEvictedWhenAnotherDoesNotFit() throws IOException {
    reopen(Limits.builder().maxSize(THREE).lowMark(100));
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);
    clock.advance(HOUR);
    use(ALPINE, a);

    publish(ALPINE, 4);

    assertThat(holds(a)).isTrue();
    assertThat(holds(b)).isFalse();
    assertThat(holds(c)).isTrue();
    assertThat(events.evicted(EvictionReason.SIZE)).isEqualTo(1);
    assertThat(store.usage().used()).isLessThanOrEqualTo(THREE);
  }

  @Test
  void aSmallerLimitThanBeforeTakesEffect() throws IOException {
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    reopen(Limits.builder().maxSize(2 * Costs.of(SIZE)).lowMark(50));

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
  }

  @Test
  void theSweepMakesRoomAboveTheHighMarkBeforeATransferHasTo() throws IOException {
    reopen(Limits.builder().maxSize(THREE).highMark(70).lowMark(40));
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    assertThat(holds(a)).isTrue();
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
  }

  @Test
  void nothingIsEvictedForABlobThatCannotFit() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    Digest a = publish(ALPINE, 1);
    try (Room room = store.room(ALPINE)) {
      assertThatExceptionOfType(NoRoomException.class)
          .isThrownBy(() -> room.reserve(THREE))
          .withMessageStartingWith("there is no room for ")
          .withMessageEndingWith("B; raise proxy.maxsize or free space");
    }
    try (Room first = store.room(ALPINE);
        Room second = store.room(ALPINE)) {
      first.reserve(2 * SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> second.reserve(2 * SIZE));
    }
    assertThat(holds(a)).isTrue();
    assertThat(store.usage().used()).isEqualTo(Costs.of(SIZE));
  }

  @Test
  void transfersInProgressCountUntilTheyEnd() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    Room room = store.room(ALPINE);
    room.reserve(2 * SIZE);
    room.written(SIZE);
    assertThat(store.usage().used()).isEqualTo(Costs.of(2 * SIZE));
    room.close();
    room.close();
    assertThat(store.usage().used()).isZero();
  }

  @Test
  void aTransferOfUnknownLengthUsesTheRoomThatIsLeft() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    try (Room room = store.room(ALPINE)) {
      room.growTo(SIZE);
      room.growTo(2 * SIZE);
      room.growTo(3 * SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.growTo(4 * SIZE));
    }
  }

  @Test
  void aBlobOfTwoRepositoriesIsCountedOnce() throws IOException {
    Digest a = publish(ALPINE, 1);
    long used = store.usage().used();
    publish(DEBIAN, 1);
    assertThat(store.usage().contents()).isEqualTo(1);
    assertThat(store.usage().used()).isEqualTo(used);
    assertThat(holds(a)).isTrue();
  }

  // Wrong bytes

  @Test
  void aBlobThatIsStoredWhileAWrongOneIsDeletedStays() throws Exception {
    ScriptedDriver scripted = new ScriptedDriver(Clock.systemUTC());
    Digest digest = storeAs(scripted, Samples.bytes(SIZE), 1);
    try (BoundedStore over = open(scripted, Limits.DEFAULT);
        StoredBlob reader = over.blob(ALPINE, digest).orElseThrow()) {
      AtomicBoolean started = new AtomicBoolean();
      CompletableFuture<Void> published = new CompletableFuture<>();
      Thread publishing = new Thread(() -> publishRight(over, published));
      scripted.beforeWrites(
          key -> {
            if (started.compareAndSet(false, true)) {
              publishing.start();
              Await.until(
                  () -> published.isDone() || publishing.getState() == Thread.State.WAITING);
            }
          });

      over.discard(digest, reader.size());

      Await.value(published);
      assertThat(new ContentInventory(scripted).blob(digest).orElseThrow().size()).isEqualTo(SIZE);
    }
  }

  @Test
  void aWrongBlobThatCouldNotBeDeletedIsReplaced() throws Exception {
    ScriptedDriver scripted = new ScriptedDriver(Clock.systemUTC());
    byte[] wrong = Samples.bytes(SIZE);
    wrong[7]++;
    Digest digest = storeAs(scripted, wrong, 0);
    try (BoundedStore over = open(scripted, Limits.DEFAULT)) {
      scripted.beforeWrites(
          key -> {
            throw new IOException("read-only");
          });
      assertThatIOException().isThrownBy(() -> over.discard(digest, SIZE));
      scripted.beforeWrites(key -> {});

      CompletableFuture<Void> published = new CompletableFuture<>();
      publishRight(over, published);

      Await.value(published);
      try (StoredBlob blob = over.blob(ALPINE, digest).orElseThrow()) {
        ByteBuffer start = ByteBuffer.allocate(8);
        assertThat(blob.read(start, 0)).isEqualTo(8);
        assertThat(start.array()).startsWith(Arrays.copyOf(Samples.bytes(SIZE), 8));
      }
    }
  }

  /** Stores bytes, or the first of them, under the digest of {@code Samples.bytes(SIZE)}. */
  private Digest storeAs(ScriptedDriver driver, byte[] bytes, int without) throws IOException {
    Digest digest = Digest.sha256(Samples.bytes(SIZE));
    Path file = Files.createTempFile(root, "blob", "");
    Files.write(file, Arrays.copyOf(bytes, bytes.length - without));
    new ContentStore(driver).publishBlob(ALPINE, digest, file);
    return digest;
  }

  private void publishRight(BoundedStore into, CompletableFuture<Void> done) {
    try (Room room = into.room(ALPINE)) {
      byte[] content = Samples.bytes(SIZE);
      Path file = Files.write(Files.createTempFile(root, "blob", ""), content);
      room.reserve(SIZE);
      into.publishBlob(ALPINE, Digest.sha256(content), file, room);
      done.complete(null);
    } catch (IOException | RuntimeException e) {
      done.completeExceptionally(e);
    }
  }

  // Readers

  @Test
  void aReaderContinuesWhenItsBlobIsEvicted() throws IOException {
    reopen(Limits.builder().ttl(HOUR));
    Digest a = publish(ALPINE, 1);
    try (StoredBlob blob = store.blob(ALPINE, a).orElseThrow()) {
      clock.advance(HOUR.multipliedBy(2));
      awaitGone(a);
      ByteBuffer buffer = ByteBuffer.allocate(SIZE);
      while (buffer.hasRemaining()) {
        assertThat(blob.read(buffer, buffer.position())).isPositive();
      }
      assertThat(Digest.sha256(buffer.array())).isEqualTo(a);
    }
  }

  @Test
  void openContentStaysWhereDeletionWouldEndReads() throws IOException {
    // Unlike memory, it does not say that deleted content stays readable.
    ScriptedDriver memory = new ScriptedDriver(clock);
    ContentInventory kept = new ContentInventory(memory);
    try (BoundedStore bounded =
        open(memory, Limits.builder().maxSize(THREE).ttl(Duration.ZERO).build())) {
      byte[][] contents = {Samples.bytes(SIZE), Samples.bytes(SIZE - 1), Samples.bytes(SIZE - 2)};
      Digest[] digests = new Digest[3];
      for (int i = 0; i < 3; i++) {
        digests[i] = Digest.sha256(contents[i]);
        Path file = Files.write(root.resolve("blob"), contents[i]);
        try (Room room = bounded.room(ALPINE)) {
          room.reserve(contents[i].length);
          bounded.publishBlob(ALPINE, digests[i], file, room);
        }
        clock.advance(HOUR);
      }
      StoredBlob open = bounded.blob(ALPINE, digests[0]).orElseThrow();
      clock.advance(HOUR);
      bounded.blob(ALPINE, digests[1]).orElseThrow().close();
      bounded.blob(ALPINE, digests[2]).orElseThrow().close();

      try (Room room = bounded.room(ALPINE)) {
        room.reserve(SIZE);
      }
      assertThat(kept.blob(digests[0])).isPresent();
      assertThat(kept.blob(digests[1])).isEmpty();

      open.close();
      try (Room room = bounded.room(ALPINE)) {
        room.reserve(5 * SIZE / 2);
      }
      assertThat(kept.blob(digests[0])).isEmpty();
    }
  }

  // Two caches over one directory

  @Test
  void aDeletionByAnotherCacheIsNoticed() throws IOException {
    reopen(Limits.builder());
    Digest a = publish(ALPINE, 1);
    inventory.delete(a);
    assertThat(store.blob(ALPINE, a)).isEmpty();
    clock.advance(HOUR);
    Await.until(() -> store.usage().contents() == 0);
    // One number follows the other.
    Await.until(() -> store.usage().used() == 0);
  }

  @Test
  void contentStoredByAnotherCacheIsCountedWhenUsed() throws IOException {
    try (BoundedStore other = open(Limits.DEFAULT)) {
      Digest a = publish(other, ALPINE, 1);
      assertThat(store.usage().contents()).isZero();
      use(ALPINE, a);
      assertThat(store.usage().bytes()).isEqualTo(SIZE);
    }
  }
}
