package dev.cistern.proxy.maintenance;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.fetch.AbandonedTransfers;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GarbageCollectionTest {

  private static final int SIZE = 100_000;
  private static final Limits NONE = Limits.builder().ttl(Duration.ZERO).build();

  // Spools have the time of the machine.
  private final Instant now = Instant.now();
  private final FilesystemDriver driver;
  private final StoreFixture fixture;

  GarbageCollectionTest(@TempDir Path root) throws IOException {
    driver = FilesystemDriver.open(root);
    fixture = new StoreFixture(driver);
  }

  private GarbageCollection collection(Limits limits) {
    return new GarbageCollection(driver, limits, InstantSource.fixed(now));
  }

  private Digest blob(int note, Duration idle) throws IOException {
    return fixture.blob(ALPINE, SIZE + note, now.minus(idle));
  }

  private static List<Digest> digests(GarbageReport report) {
    return report.contents().stream().map(garbage -> garbage.eviction().digest()).toList();
  }

  private static List<EvictionReason> reasons(GarbageReport report) {
    return report.contents().stream().map(garbage -> garbage.eviction().reason()).toList();
  }

  @Test
  void withinTheLimitsNothingIsEvicted() throws IOException {
    Digest blob = blob(0, Duration.ofDays(400));

    GarbageReport report = collection(NONE).run();

    assertThat(report.contents()).isEmpty();
    assertThat(report.before()).isEqualTo(report.after());
    assertThat(report.after().bytes()).isEqualTo(SIZE);
    assertThat(fixture.holds(blob)).isTrue();
  }

  @Test
  void aDryRunReportsWhatARunEvicts() throws IOException {
    Digest idle = blob(1, Duration.ofDays(9));
    Digest older = blob(2, Duration.ofDays(2));
    Digest newer = blob(3, Duration.ofDays(1));
    fixture.store.link(DEBIAN, older);
    Limits limits = Limits.builder().maxSize(200_000).lowMark(80).build();

    GarbageReport dry = collection(limits).dryRun();

    assertThat(digests(dry)).containsExactly(idle, older);
    assertThat(reasons(dry)).containsExactly(EvictionReason.IDLE, EvictionReason.SIZE);
    assertThat(dry.contents())
        .extracting(Garbage::repositories)
        .containsExactly(List.of(ALPINE), List.of(ALPINE, DEBIAN));
    assertThat(dry.contents()).extracting(Garbage::outcome).containsOnly(Outcome.LEFT);
    assertThat(dry.danglingLinks()).isEqualTo(3);
    assertThat(fixture.holds(idle)).isTrue();
    assertThat(fixture.holds(older)).isTrue();

    GarbageReport done = collection(limits).run();

    assertThat(digests(done)).isEqualTo(digests(dry));
    assertThat(reasons(done)).isEqualTo(reasons(dry));
    assertThat(done.contents()).extracting(Garbage::outcome).containsOnly(Outcome.REMOVED);
    assertThat(done.danglingLinks()).isEqualTo(3);
    assertThat(done.before()).isEqualTo(dry.before());
    assertThat(done.after()).isEqualTo(dry.after());
    assertThat(fixture.holds(idle)).isFalse();
    assertThat(fixture.holds(older)).isFalse();
    assertThat(fixture.holds(newer)).isTrue();
    assertThat(fixture.store.repositories()).containsExactly(ALPINE);
    assertThat(collection(limits).dryRun().contents()).isEmpty();
  }

  @Test
  void aFullDiskIsAReason() throws IOException {
    Digest blob = blob(0, Duration.ofDays(1));
    Limits limits =
        Limits.builder().ttl(Duration.ZERO).minFree(driver.freeSpace() + (1L << 50)).build();

    GarbageReport report = collection(limits).dryRun();

    assertThat(digests(report)).containsExactly(blob);
    assertThat(reasons(report)).containsExactly(EvictionReason.FREE_SPACE);
  }

  @Test
  void pinnedContentStays() throws IOException {
    Digest pinned = fixture.image(ALPINE, LATEST);
    Digest other = fixture.image(DEBIAN, LATEST);
    fixture.inventory.touch(pinned, now.minus(Duration.ofDays(30)));
    fixture.inventory.touch(other, now.minus(Duration.ofDays(30)));

    collection(Limits.builder().pin("library/alpine:*").build()).run();

    assertThat(fixture.holds(pinned)).isTrue();
    assertThat(fixture.holds(other)).isFalse();
    assertThat(fixture.store.tags(DEBIAN)).isEmpty();
  }

  @Test
  void timesInTheFutureDoNotPreventEviction() throws IOException {
    Digest blob = blob(0, Duration.ofDays(-2));
    assertThat(digests(collection(Limits.builder().maxSize(1000).build()).run()))
        .containsExactly(blob);
    assertThat(fixture.holds(blob)).isFalse();
  }

  @Test
  void expiredTransfersAreRemovedAndOthersStay() throws IOException {
    Path spool = Files.createDirectories(driver.spoolDirectory().resolve("" + UUID.randomUUID()));
    Files.createFile(spool.resolve("owner"));
    Digest digest = Digest.sha256(new byte[1]);
    Path old = Files.write(spool.resolve("sha256-" + digest.hex() + "-1"), new byte[10]);
    Files.setLastModifiedTime(old, FileTime.from(now.minus(Duration.ofDays(2))));
    Path young =
        Files.write(
            spool.resolve("sha256-" + Digest.sha256(new byte[2]).hex() + "-2"), new byte[20]);

    assertThat(collection(NONE).dryRun().unfinished())
        .isEqualTo(new UnfinishedTransfers(1, 20, 1, 10));
    assertThat(old).exists();
    GarbageReport report = collection(NONE).run();

    assertThat(report.unfinished()).isEqualTo(new UnfinishedTransfers(1, 20, 1, 10));
    assertThat(report.after().used()).isEqualTo(20);
    assertThat(old).doesNotExist();
    assertThat(young).doesNotExist();
    assertThat(AbandonedTransfers.under(driver.spoolDirectory()))
        .as("the young one is kept for the next cache")
        .isEqualTo(new UnfinishedTransfers(1, 20, 0, 0));
  }

  @Test
  void transfersInADirectoryWithoutItsOwnerFileAreRemoved() throws IOException {
    Path spool = Files.createDirectories(driver.spoolDirectory().resolve("" + UUID.randomUUID()));
    Path file =
        Files.write(
            spool.resolve("sha256-" + Digest.sha256(new byte[1]).hex() + "-1"), new byte[10]);

    assertThat(collection(NONE).dryRun().unfinished())
        .isEqualTo(new UnfinishedTransfers(0, 0, 1, 10));
    assertThat(file).exists();

    assertThat(collection(NONE).run().after().used()).isZero();
    assertThat(spool).doesNotExist();
  }

  /** The default directory for transfers is that of other programs then. */
  @Test
  void unfinishedTransfersOnThisMachineDoNotCountForARemoteStore() throws IOException {
    try (RemoteDriver remote = new RemoteDriver(Clock.systemUTC())) {
      assertThat(AbandonedTransfers.baseOf(remote)).isEmpty();
      assertThat(AbandonedTransfers.baseOf(driver)).contains(driver.spoolDirectory());
      Digest blob = new StoreFixture(remote).blob(ALPINE, SIZE);
      Limits limits = Limits.builder().maxSize(2 * SIZE).build();
      GarbageReport report = new GarbageCollection(remote, limits, InstantSource.fixed(now)).run();

      assertThat(report.unfinished()).isEqualTo(UnfinishedTransfers.NONE);
      assertThat(new StoreFixture(remote).holds(blob)).isTrue();
    }
  }
}
