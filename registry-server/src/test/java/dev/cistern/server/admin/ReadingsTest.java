package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadingsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger count = new AtomicInteger();
  private final CountDownLatch open = new CountDownLatch(1);

  /** Takes a minute, by the clock of the test. */
  private final Callable<Integer> slow =
      () -> {
        open.await();
        now.addAndGet(Duration.ofMinutes(1).toNanos());
        return count.incrementAndGet();
      };

  @AfterEach
  void stop() {
    thread.shutdownNow();
  }

  @Test
  void aReadingThatTookLongerThanItIsFreshIsNotReadAgainAtOnce() throws Exception {
    Readings<String, Integer> readings = new Readings<>(thread, LONG, FRESH, now::get);
    open.countDown();

    assertThat(readings.read("a", slow)).contains(1);
    assertThat(readings.read("a", slow)).contains(1);

    now.addAndGet(Duration.ofSeconds(11).toNanos());
    assertThat(readings.read("a", slow)).contains(2);
  }

  @Test
  void whileItIsReadAgainCallersGetWhatWasReadBefore() throws Exception {
    Readings<String, Integer> readings = new Readings<>(thread, Duration.ZERO, FRESH, now::get);
    await(readings, count::incrementAndGet);
    now.addAndGet(Duration.ofSeconds(11).toNanos());

    assertThat(readings.read("a", slow)).contains(1);
    assertThat(readings.read("a", slow)).contains(1);
    assertThat(readings.read("b", slow)).isEmpty();

    readings.forget();
    assertThat(readings.read("a", slow)).isEmpty();
    open.countDown();
  }

  @Test
  void afterAFailureItIsReadAgain() throws Exception {
    Readings<String, Integer> readings = new Readings<>(thread, LONG, FRESH, now::get);
    assertThatThrownBy(
            () ->
                readings.read(
                    "a",
                    () -> {
                      throw new IOException("disk");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk");

    assertThat(readings.read("a", count::incrementAndGet)).contains(1);
  }

  private static void await(Readings<String, Integer> readings, Callable<Integer> reader)
      throws IOException {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (readings.read("a", reader).isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
