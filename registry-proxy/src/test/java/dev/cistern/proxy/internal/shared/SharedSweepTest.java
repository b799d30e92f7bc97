package dev.cistern.proxy.internal.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three caches keep one store within its limits. */
class SharedSweepTest {

  private static final Duration SILENCE = Duration.ofMinutes(15);
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration DAY = Duration.ofDays(1);

  private final Path directory;
  private final ManualClock clock = new ManualClock();
  private final RemoteDriver driver = new RemoteDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private final ContentInventory inventory = new ContentInventory(driver);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final StorageFaults faults = new StorageFaults(clock, CacheListener.NONE);

  SharedSweepTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  private SharedSweep cache(Limits.Builder limits) {
    StoreGate gate =
        new StoreGate(
            Runnable::run, timer, Duration.ofSeconds(2), Duration.ofSeconds(1), () -> {}, faults);
    return new SharedSweep(
        driver, limits.build(), SILENCE, gate, clock, () -> clock.millis() * 1_000_000, faults);
  }

  private Digest stored(int size) throws IOException {
    byte[] content = Samples.bytes(size);
    Digest digest = Digest.sha256(content);
    store.publishBlob(Samples.ALPINE, digest, Files.write(directory.resolve("blob"), content));
    return digest;
  }

  private List<Digest> left() throws IOException {
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      return blobs.map(BlobStat::digest).toList();
    }
  }

  private List<SharedSweep> three(Limits.Builder limits) {
    List<SharedSweep> caches = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      caches.add(cache(limits));
    }
    return caches;
  }

  @Test
  void theSizeOfTheStoreHolds() throws IOException {
    Limits.Builder limits = Limits.builder().ttl(WEEK).maxSize(1_000_000);
    List<SharedSweep> caches = three(limits);
    List<Digest> digests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      digests.add(stored(250_000 + i));
      clock.advance(Duration.ofMinutes(1));
    }
    inventory.renew(digests.get(0), clock.instant(), WEEK);

    caches.forEach(SharedSweep::run);

    assertThat(left()).hasSizeLessThan(5).contains(digests.get(0), digests.get(5));
    assertThat(left()).doesNotContain(digests.get(1), digests.get(2));
  }

  @Test
  void whatACacheWithALongerTtlUsesIsKeptFromOneWithAShorterTtl() throws IOException {
    SharedSweep shorter = cache(Limits.builder().ttl(DAY));
    Digest used = stored(1_000);
    Digest unused = stored(2_000);
    inventory.renew(used, clock.instant(), WEEK);
    clock.advance(DAY.multipliedBy(3));

    shorter.run();
    assertThat(left()).containsExactly(used).doesNotContain(unused);

    // After a restart of all of them too.
    clock.advance(DAY.multipliedBy(3));
    SharedSweep restarted = cache(Limits.builder().ttl(DAY));
    restarted.run();
    clock.advance(SILENCE);
    restarted.run();
    assertThat(left()).containsExactly(used);

    clock.advance(DAY.multipliedBy(2));
    restarted.run();
    assertThat(left()).isEmpty();
  }

  @Test
  void whatACacheWithALongerTtlOnlyStoredIsKeptFromOneWithAShorterTtl() throws IOException {
    SharedSweep longer = cache(Limits.builder().ttl(WEEK));
    longer.run();
    stored(1_000);
    longer.stop();

    SharedSweep shorter = cache(Limits.builder().ttl(Duration.ofSeconds(5)));
    shorter.run();
    clock.advance(DAY);
    shorter.run();
    assertThat(left()).hasSize(1);

    clock.advance(WEEK);
    shorter.run();
    assertThat(left()).isEmpty();
  }

  @Test
  void anotherTtlIsToldAtOnce() throws IOException {
    SharedSweep cache = cache(Limits.builder().ttl(DAY));
    cache.run();
    cache.reconfigure(Limits.builder().ttl(WEEK).build());
    cache.run();
    assertThat(driver.keys()).contains("cistern/ttl/86400", "cistern/ttl/604800");
  }

  @Test
  void lessThanASecondIsNotForever() throws IOException {
    Duration moment = Duration.ofMillis(500);
    Digest used = stored(1_000);
    inventory.renew(used, clock.instant(), moment);
    SharedSweep cache = cache(Limits.builder().ttl(moment));
    cache.run();
    clock.advance(DAY);
    cache.run();

    assertThat(driver.keys()).contains("cistern/ttl/1").doesNotContain("cistern/ttl/0");
    assertThat(left()).isEmpty();
  }

  @Test
  void aTtlIsToldAFewTimesWhileItLasts() throws IOException {
    AtomicInteger told = new AtomicInteger();
    driver.beforeWrites(
        (key, position) -> {
          if (key.startsWith("cistern/ttl")) {
            told.incrementAndGet();
          }
        });
    SharedSweep cache = cache(Limits.builder().ttl(DAY));
    for (int minute = 0; minute < 120; minute++) {
      cache.run();
      clock.advance(Duration.ofMinutes(1));
    }
    assertThat(told).hasValue(2);
  }

  @Test
  void anotherOneSweepsWhenTheHolderIsSilent() throws IOException {
    List<SharedSweep> caches = three(Limits.builder().ttl(DAY));
    caches.forEach(SharedSweep::run);
    caches.get(0).stop();
    stored(1_000);
    clock.advance(DAY.multipliedBy(2));

    caches.forEach(SharedSweep::run);
    assertThat(left()).isEmpty();
  }
}
