package dev.cistern.proxy.maintenance;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.proxy.maintenance.Verification.Mode;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.ObjectBody;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class VerificationTest {

  private static final int LARGE = (3 << 20) + 7;

  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final StoreFixture fixture = new StoreFixture(driver);

  private VerificationReport verify(Mode mode) throws IOException, InterruptedException {
    return Verification.run(driver, mode, 2, VerificationProgress.NONE);
  }

  @Test
  void aCorrectStoreIsLeftUnchanged() throws Exception {
    Digest blob = fixture.blob(ALPINE, LARGE);
    fixture.image(ALPINE, LATEST);
    byte[] empty = new byte[0];
    Digest emptyDigest = Digest.of(DigestAlgorithm.SHA512, empty);
    driver.put(StoreFixture.key(emptyDigest).replace("sha256", "sha512"), ObjectBody.of(empty));

    VerificationReport report = verify(Mode.REPAIR);

    assertThat(report.isClean()).isTrue();
    assertThat(report.contents()).isEqualTo(3);
    assertThat(report.danglingLinks()).isZero();
    assertThat(fixture.holds(blob)).isTrue();
    assertThat(fixture.store.tags(ALPINE)).containsExactly(LATEST);
  }

  @Test
  void wrongAndTornContentIsRemovedWithItsLinks() throws Exception {
    Digest right = fixture.blob(ALPINE, 1000);
    Digest wrong = fixture.blob(ALPINE, LARGE);
    fixture.store.link(DEBIAN, wrong);
    byte[] other = Samples.bytes(LARGE);
    other[LARGE - 1]++;
    fixture.overwrite(wrong, other);
    Digest torn = fixture.image(DEBIAN, LATEST);
    fixture.overwrite(torn, new byte[0]);

    VerificationReport report = verify(Mode.REPAIR);

    assertThat(report.isClean()).isFalse();
    assertThat(report.wrong())
        .containsExactlyInAnyOrder(
            new WrongContent(
                wrong, Digest.sha256(other), LARGE, List.of(ALPINE, DEBIAN), Outcome.REMOVED),
            new WrongContent(
                torn, Digest.sha256(new byte[0]), 0, List.of(DEBIAN), Outcome.REMOVED));
    assertThat(report.danglingLinks()).as("three links and a tag").isEqualTo(4);
    assertThat(fixture.holds(right)).isTrue();
    assertThat(fixture.holds(wrong)).isFalse();
    assertThat(fixture.holds(torn)).isFalse();
    assertThat(fixture.store.repositories()).containsExactly(ALPINE);
    assertThat(verify(Mode.REPAIR).isClean()).isTrue();
  }

  @Test
  void aReportRemovesNothing() throws Exception {
    Digest wrong = fixture.blob(ALPINE, 1000);
    fixture.overwrite(wrong, new byte[1000]);
    String link = "docker/registry/v2/repositories/library/alpine/_manifests/tags/1/current/link";
    driver.put(link, ObjectBody.of(new byte[0]));

    VerificationReport report = verify(Mode.REPORT);

    assertThat(report.wrong()).extracting(WrongContent::outcome).containsExactly(Outcome.LEFT);
    assertThat(report.brokenLinks()).containsExactly(new BrokenLink(ALPINE, link, Outcome.LEFT));
    assertThat(report.danglingLinks()).isEqualTo(1);
    assertThat(fixture.holds(wrong)).isTrue();
    assertThat(verify(Mode.REPAIR).brokenLinks())
        .containsExactly(new BrokenLink(ALPINE, link, Outcome.REMOVED));
    assertThat(verify(Mode.REPORT).isClean()).isTrue();
  }

  @Test
  void danglingLinksAreRemovedAndAreNoErrors() throws Exception {
    Digest evicted = fixture.image(ALPINE, LATEST);
    fixture.inventory.delete(evicted);

    assertThat(verify(Mode.REPORT).danglingLinks()).isEqualTo(2);
    VerificationReport report = verify(Mode.REPAIR);

    assertThat(report.isClean()).isTrue();
    assertThat(report.danglingLinks()).isEqualTo(2);
    assertThat(fixture.store.repositories()).isEmpty();
  }

  @Test
  void unreadableContentIsReportedAndStays() throws Exception {
    Digest unreadable = fixture.blob(ALPINE, 1000);
    Digest wrong = fixture.blob(ALPINE, 2000);
    fixture.overwrite(wrong, new byte[2000]);
    driver.beforeOpens(
        key -> {
          if (key.equals(StoreFixture.key(unreadable))) {
            throw new IOException("a bad sector");
          }
        });

    VerificationReport report = verify(Mode.REPAIR);

    assertThat(report.failures())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.subject()).isEqualTo(unreadable.toString());
              assertThat(failure.message()).contains("a bad sector");
            });
    assertThat(report.wrong()).extracting(WrongContent::digest).containsExactly(wrong);
    driver.beforeOpens(key -> {});
    assertThat(fixture.holds(unreadable)).isTrue();
  }

  @Test
  void contentThatCannotBeRemovedIsReportedAsWrong() throws Exception {
    Digest wrong = fixture.blob(ALPINE, 1000);
    fixture.overwrite(wrong, new byte[1000]);
    driver.beforeWrites(
        key -> {
          throw new IOException("read-only");
        });

    VerificationReport report = verify(Mode.REPAIR);

    assertThat(report.wrong()).extracting(WrongContent::outcome).containsExactly(Outcome.LEFT);
    assertThat(report.failures()).extracting(Failure::subject).contains(wrong.toString());
  }

  @Test
  void aStoreThatCannotBeListedIsAFailure() throws Exception {
    fixture.blob(ALPINE, 1000);
    driver.beforeReads(
        key -> {
          throw new IOException("gone");
        });
    // Looking at one content fails it alone; links cannot be looked through at all.
    assertThat(verify(Mode.REPAIR).failures()).isNotEmpty();
    assertThatIOException().isThrownBy(() -> verify(Mode.REPORT)).withMessage("gone");
  }

  // Beside running caches

  @Test
  void contentDeletedWhileItIsReadIsNotWrong() throws Exception {
    Digest evicted = fixture.blob(ALPINE, 1000);
    fixture.overwrite(evicted, new byte[1000]);
    driver.beforeOpens(key -> fixture.inventory.delete(evicted));

    assertThat(verify(Mode.REPAIR).wrong()).isEmpty();
  }

  @Test
  void contentReplacedWhileItIsReadIsReadAgain() throws Exception {
    Digest digest = fixture.blob(ALPINE, 1000);
    fixture.overwrite(digest, new byte[999]);
    AtomicInteger looks = new AtomicInteger();
    driver.beforeReads(
        key -> {
          // Looked at, opened, looked at again.
          if (key.equals(StoreFixture.key(digest)) && looks.incrementAndGet() == 3) {
            clock.advance(Duration.ofMinutes(1));
            fixture.overwrite(digest, Samples.bytes(1000));
          }
        });

    assertThat(verify(Mode.REPAIR).isClean()).isTrue();
    assertThat(fixture.holds(digest)).isTrue();
  }

  @Test
  void wrongBytesThatChangeAllTheTimeAreLeft() throws Exception {
    Digest digest = fixture.blob(ALPINE, 1000);
    AtomicBoolean done = new AtomicBoolean();
    driver.beforeOpens(
        key -> {
          if (key.equals(StoreFixture.key(digest)) && !done.get()) {
            clock.advance(Duration.ofMinutes(1));
            fixture.overwrite(digest, new byte[1000]);
          }
        });

    VerificationReport report = verify(Mode.REPAIR);

    done.set(true);
    assertThat(report.wrong()).extracting(WrongContent::outcome).containsExactly(Outcome.LEFT);
    assertThat(fixture.holds(digest)).isTrue();
  }

  @Test
  void progressAddsUp() throws Exception {
    fixture.blob(ALPINE, LARGE);
    fixture.blob(ALPINE, 1000);
    AtomicLong total = new AtomicLong();
    AtomicLong read = new AtomicLong();
    Verification.run(
        driver,
        Mode.REPAIR,
        2,
        new VerificationProgress() {
          @Override
          public void begin(long contents, long bytes) {
            assertThat(contents).isEqualTo(2);
            total.set(bytes);
          }

          @Override
          public void read(long bytes) {
            read.addAndGet(bytes);
          }
        });
    assertThat(total.get()).isEqualTo(LARGE + 1000);
    assertThat(read.get()).isEqualTo(LARGE + 1000);
  }
}
