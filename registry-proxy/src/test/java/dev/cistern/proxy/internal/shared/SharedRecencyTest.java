package dev.cistern.proxy.internal.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.store.SingleSweep;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What several caches have used, in a store that cannot set times. */
class SharedRecencyTest {

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration WEEK = Duration.ofDays(7);

  private final Path directory;
  private final ManualClock clock = new ManualClock();
  private final RemoteDriver driver = new RemoteDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private final ContentInventory inventory = new ContentInventory(driver);

  SharedRecencyTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private Digest stored(int size) throws IOException {
    byte[] content = Samples.bytes(size);
    Digest digest = Digest.sha256(content);
    store.publishBlob(Samples.ALPINE, digest, Files.write(directory.resolve("blob"), content));
    return digest;
  }

  private SingleSweep survey(Limits.Builder limits) throws IOException {
    return SingleSweep.survey(driver, limits.build(), 0, clock);
  }

  private List<Digest> planned(Limits.Builder limits) throws IOException {
    return survey(limits).plan().stream().map(PlannedEviction::digest).toList();
  }

  @Test
  void contentThatNobodyUsesExpires() throws IOException {
    Digest digest = stored(1_000);
    clock.advance(WEEK.plusHours(1));
    assertThat(planned(Limits.builder().ttl(WEEK))).containsExactly(digest);
  }

  @Test
  void aUseThatAnyCacheHasStoredCountsAlsoAfterARestart() throws IOException {
    Digest used = stored(1_000);
    Digest unused = stored(2_000);
    clock.advance(Duration.ofDays(5));
    inventory.renew(used, clock.instant(), WEEK);
    clock.advance(Duration.ofDays(5));
    assertThat(planned(Limits.builder().ttl(WEEK))).containsExactly(unused);
    clock.advance(Duration.ofDays(3));
    assertThat(planned(Limits.builder().ttl(WEEK))).containsExactlyInAnyOrder(used, unused);
  }

  @Test
  void theLongestUseWins() throws IOException {
    Digest long1 = stored(1_000);
    Digest short1 = stored(2_000);
    inventory.renew(long1, clock.instant(), WEEK);
    inventory.renew(long1, clock.instant(), DAY);
    inventory.renew(short1, clock.instant(), DAY);
    clock.advance(DAY.plusHours(1));
    assertThat(planned(Limits.builder().ttl(DAY))).containsExactly(short1);
    clock.advance(WEEK);
    assertThat(planned(Limits.builder().ttl(DAY))).containsExactlyInAnyOrder(long1, short1);
  }

  @Test
  void aCacheThatKeepsContentForeverKeepsItFromOthers() throws IOException {
    Digest digest = stored(1_000);
    inventory.renew(digest, clock.instant(), Duration.ZERO);
    clock.advance(WEEK.multipliedBy(4));
    assertThat(planned(Limits.builder().ttl(DAY))).isEmpty();
  }

  @Test
  void theLeastRecentlyUsedContentOfAllCachesIsEvictedForSize() throws IOException {
    Digest first = stored(500_000);
    clock.advance(Duration.ofHours(1));
    Digest second = stored(500_001);
    clock.advance(Duration.ofHours(1));
    inventory.renew(first, clock.instant(), WEEK);
    assertThat(planned(Limits.builder().ttl(WEEK).maxSize(800_000))).containsExactly(second);
  }

  @Test
  void contentThatWasUsedSinceTheSurveyStays() throws IOException {
    Digest digest = stored(1_000);
    clock.advance(WEEK.plusHours(1));
    SingleSweep sweep = survey(Limits.builder().ttl(WEEK));
    PlannedEviction planned = sweep.plan().get(0);
    inventory.renew(digest, clock.instant(), WEEK);
    assertThat(sweep.evict(planned)).isFalse();
    assertThat(inventory.blob(digest)).isPresent();
  }

  @Test
  void markersAreDeletedWithTheirContent() throws IOException {
    Digest digest = stored(1_000);
    inventory.renew(digest, clock.instant(), DAY);
    inventory.renew(digest, clock.instant(), WEEK);
    clock.advance(WEEK.plusHours(1));
    SingleSweep sweep = survey(Limits.builder().ttl(DAY));
    assertThat(sweep.evict(sweep.plan().get(0))).isTrue();
    sweep.removeDangling();
    assertThat(driver.keys()).isEmpty();
  }
}
