package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.proxy.testing.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FetchProgressTest {

  private final FetchProgress progress = new FetchProgress();
  private final List<String> woken = new ArrayList<>();

  private boolean register(long position) {
    return progress.whenAvailable(position, () -> woken.add("at " + position));
  }

  @Test
  void onlyVisibleBytesAreAvailable() throws IOException {
    progress.advance(100);

    assertThat(progress.available(0)).isEqualTo(100);
    assertThat(progress.available(99)).isEqualTo(1);
    assertThat(progress.available(100)).isZero();
    assertThat(progress.available(5_000)).isZero();
  }

  @Test
  void theEndIsKnownOnceTheTransferIsComplete() throws IOException {
    progress.advance(100);
    progress.complete(150);

    assertThat(progress.available(100)).isEqualTo(50);
    assertThat(progress.available(150)).isEqualTo(-1);
    assertThat(progress.available(5_000)).isEqualTo(-1);
  }

  @Test
  void visibleBytesStayVisible() throws IOException {
    progress.advance(100);
    progress.advance(20);
    progress.advance(-65_536);

    assertThat(progress.available(0)).isEqualTo(100);
  }

  @Test
  void afterAFailureEveryReaderGetsTheCause() {
    progress.advance(100);
    progress.fail(new IOException("upstream broke off"));

    assertThatIOException()
        .isThrownBy(() -> progress.available(0))
        .withMessage("upstream broke off");
  }

  @Test
  void onlyWaitersWithVisibleBytesAreWokenInTheOrderOfTheirPositions() {
    assertThat(register(200)).isTrue();
    assertThat(register(0)).isTrue();
    assertThat(register(99)).isTrue();
    assertThat(register(100)).isTrue();

    progress.advance(100);
    assertThat(woken).containsExactly("at 0", "at 99");

    progress.advance(201);
    assertThat(woken).containsExactly("at 0", "at 99", "at 100", "at 200");
  }

  @Test
  void theEndWakesAllWhateverTheyWaitFor() {
    register(10);
    register(Long.MAX_VALUE - 1);

    progress.complete(5);

    assertThat(woken).hasSize(2);
  }

  @Test
  void aFailureWakesAll() {
    register(10);
    register(1_000_000);

    progress.fail(new IOException("upstream broke off"));

    assertThat(woken).hasSize(2);
  }

  @Test
  void noReaderWaitsForBytesThatAreVisibleOrWillNotBeReceived() {
    progress.advance(100);
    assertThat(register(99)).isFalse();

    progress.complete(100);
    assertThat(register(100)).isFalse();

    FetchProgress failed = new FetchProgress();
    failed.fail(new IOException("upstream broke off"));
    assertThat(failed.whenAvailable(0, () -> woken.add("failed"))).isFalse();
    assertThat(woken).isEmpty();
  }

  @Test
  void noWaiterIsCalledTwice() {
    register(0);

    progress.advance(1);
    progress.advance(2);
    progress.complete(3);

    assertThat(woken).containsExactly("at 0");
  }

  @Test
  void aWaiterMayRegisterAgainAtOnce() {
    assertThat(progress.whenAvailable(0, () -> assertThat(register(10)).isTrue())).isTrue();

    progress.advance(10);
    assertThat(woken).isEmpty();

    progress.advance(11);
    assertThat(woken).containsExactly("at 10");
  }

  @Test
  void aWaiterIsCalledOutsideTheLock() {
    CountDownLatch otherDone = new CountDownLatch(1);
    progress.whenAvailable(
        0,
        () -> {
          Thread other =
              new Thread(
                  () -> {
                    progress.whenAvailable(1_000, () -> {});
                    otherDone.countDown();
                  });
          other.start();
          Await.latch(otherDone);
        });

    progress.advance(1);

    assertThat(otherDone.getCount()).isZero();
  }

  @Test
  void aFailingWaiterHarmsNoOther() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    progress.whenAvailable(
        0,
        () -> {
          calls.incrementAndGet();
          throw new IllegalStateException("the connection's thread has ended");
        });
    register(1);

    progress.advance(2);

    assertThat(calls).hasValue(1);
    assertThat(woken).containsExactly("at 1");
    assertThat(progress.available(0)).isEqualTo(2);
  }

  @Test
  void rule3AReaderThatCannotBeWokenKeepsNoOtherFromIt() {
    progress.whenAvailable(
        0,
        () -> {
          throw new NoClassDefFoundError("of this test");
        });
    register(1);

    progress.advance(2);

    assertThat(woken).containsExactly("at 1");
  }
}
