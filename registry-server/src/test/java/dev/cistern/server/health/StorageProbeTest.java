package dev.cistern.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HealthConfig;
import dev.cistern.server.health.StorageState.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class StorageProbeTest {

  private final BreakableDriver driver = new BreakableDriver();
  private final AtomicLong nanos = new AtomicLong();
  private StorageProbe probe = probe(HealthConfig.DEFAULT);

  private StorageProbe probe(HealthConfig config) {
    return new StorageProbe(driver, config, nanos::get);
  }

  @AfterEach
  void close() throws IOException {
    probe.close();
    driver.close();
  }

  @Test
  void storageIsUnknownBeforeTheFirstCheck() {
    assertThat(probe.state().kind()).isEqualTo(Kind.UNKNOWN);
    assertThat(probe.state().isUsable()).isFalse();
  }

  @Test
  void aCheckLeavesNothingBehind() throws IOException {
    probe.check();

    assertThat(probe.state().kind()).isEqualTo(Kind.WRITABLE);
    assertThat(driver.objects()).isZero();
  }

  @Test
  void storageThatCannotBeWrittenIsFailingUntilItCan() {
    driver.fail(new IOException("No space left on device"));
    probe.check();

    assertThat(probe.state().kind()).isEqualTo(Kind.FAILING);
    assertThat(probe.state().error()).contains("No space left on device");

    driver.repair();
    probe.check();

    assertThat(probe.state().isUsable()).isTrue();
  }

  @Test
  void fewerFailuresThanTheThresholdChangeNothing() {
    probe = probe(new HealthConfig(HealthConfig.Check.ENABLED, Duration.ofSeconds(10), 2));
    probe.check();
    driver.fail(new IOException("once"));

    probe.check();
    assertThat(probe.state().kind()).isEqualTo(Kind.WRITABLE);

    probe.check();
    assertThat(probe.state().kind()).isEqualTo(Kind.FAILING);
  }

  @Test
  void storageThatHangsIsNotWaitedFor() throws Exception {
    probe.check();
    CountDownLatch end = new CountDownLatch(1);
    driver.hang(end);
    Thread checking = new Thread(probe::check);
    checking.start();
    driver.hanging.await();

    nanos.addAndGet(StorageProbe.DEADLINE.toNanos());
    assertThat(probe.state().kind()).isEqualTo(Kind.WRITABLE);

    nanos.addAndGet(1);
    assertThat(probe.state().kind()).isEqualTo(Kind.SILENT);
    assertThat(probe.state().isUsable()).isFalse();

    end.countDown();
    checking.join();
    assertThat(probe.state().kind()).isEqualTo(Kind.WRITABLE);
  }

  @Test
  void aDisabledCheckDoesNotMakeTheServerUnready() {
    driver.fail(new IOException("not to be noticed"));
    try (StorageProbe disabled =
        StorageProbe.start(
            driver, new HealthConfig(HealthConfig.Check.DISABLED, Duration.ofSeconds(1), 1))) {
      assertThat(disabled.state().kind()).isEqualTo(Kind.UNCHECKED);
      assertThat(disabled.state().isUsable()).isTrue();
    }
  }
}
