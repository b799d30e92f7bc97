package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AttemptLimitTest {

  private final AtomicLong now = new AtomicLong(-5_000);
  private final AttemptLimit<String> limit =
      new AttemptLimit<>(3, Duration.ofSeconds(10), 2, now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void allowsSomeAtOnceAndThenOneInEachInterval() {
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).contains(Duration.ofSeconds(10));

    pass(Duration.ofSeconds(4));
    assertThat(limit.take("a")).contains(Duration.ofSeconds(6));
    pass(Duration.ofSeconds(6));
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).contains(Duration.ofSeconds(10));
  }

  @Test
  void countsEachOnItsOwn() {
    for (int i = 0; i < 4; i++) {
      var unused = limit.take("a");
    }
    assertThat(limit.take("b")).isEmpty();
  }

  @Test
  void anAttemptThatIsGivenBackDoesNotCount() {
    for (int i = 0; i < 10; i++) {
      assertThat(limit.take("a")).isEmpty();
      limit.giveBack("a");
    }
  }

  @Test
  void allIsForgottenAfterAQuietTime() {
    for (int i = 0; i < 4; i++) {
      var unused = limit.take("a");
    }
    pass(Duration.ofMinutes(5));
    for (int i = 0; i < 3; i++) {
      assertThat(limit.take("a")).isEmpty();
    }
    assertThat(limit.take("a")).isPresent();
  }

  @Test
  void remembersOnlyTheLast() {
    for (int i = 0; i < 4; i++) {
      var unused = limit.take("a");
    }
    var b = limit.take("b");
    var c = limit.take("c");
    assertThat(b).isEqualTo(c).isEmpty();

    assertThat(limit.take("a")).isEmpty();
  }
}
