package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final AtomicLong clock = new AtomicLong(100);
  private final Progress progress = new Progress(clock::get);

  @Test
  void whatIsTakenDoesNotBlock() {
    progress.moved(1);
    clock.set(1_000);

    assertThat(progress.blockedFor(clock.get())).isZero();
  }

  @Test
  void theTimeRunsFromTheFirstAttemptThatFails() {
    progress.stuck();
    clock.set(200);
    progress.stuck();

    assertThat(progress.blockedFor(300)).isEqualTo(200);
  }

  @Test
  void eachByteThatIsTakenBeginsTheTimeAnew() {
    progress.stuck();
    clock.set(1_000);
    progress.moved(1);
    progress.stuck();

    assertThat(progress.blockedFor(1_001)).isEqualTo(1);
  }
}
