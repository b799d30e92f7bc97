package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatedTest {

  @Test
  void aTaskThatThrowsIsRepeatedAllTheSame() throws InterruptedException {
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    CountDownLatch times = new CountDownLatch(3);
    Runnable failing =
        () -> {
          times.countDown();
          throw new StackOverflowError();
        };
    try {
      Future<?> unused =
          thread.scheduleWithFixedDelay(
              new Repeated("The test", failing), 0, 1, TimeUnit.MILLISECONDS);

      assertThat(times.await(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      thread.shutdownNow();
    }
  }
}
