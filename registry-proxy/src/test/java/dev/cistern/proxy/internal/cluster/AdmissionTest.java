package dev.cistern.proxy.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AdmissionTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Digest BLOB = digest(0);

  private final Admission admission = new Admission(Duration.ofMinutes(20), START);

  private static Digest digest(int number) {
    return Digest.sha256(("blob " + number).getBytes(StandardCharsets.UTF_8));
  }

  private static Instant after(int minutes) {
    return START.plus(Duration.ofMinutes(minutes));
  }

  @Test
  void whatIsAskedForOnceIsNotKept() {
    assertThat(admission.isOften(BLOB, START)).isFalse();

    admission.asked(BLOB, START);

    assertThat(admission.isOften(BLOB, START)).isFalse();
  }

  @Test
  void theSecondRequestWithinTheWindowMakesItWorthKeeping() {
    admission.asked(BLOB, START);
    admission.asked(BLOB, after(11));

    assertThat(admission.isOften(BLOB, after(11))).isTrue();
    assertThat(admission.isOften(digest(1), after(11))).isFalse();
  }

  @Test
  void aRequestThatIsLongAgoDoesNotCount() {
    admission.asked(BLOB, START);
    admission.asked(BLOB, after(25));

    assertThat(admission.isOften(BLOB, after(25))).isFalse();
  }

  @Test
  void whatWasAskedForOftenIsForgotten() {
    admission.asked(BLOB, START);
    admission.asked(BLOB, START);

    assertThat(admission.isOften(BLOB, after(5))).isTrue();
    assertThat(admission.isOften(BLOB, after(45))).isFalse();
  }

  /** The filters have a fixed size: with many requests, old ones are forgotten sooner. */
  @Test
  void manyRequestsDoNotMakeEverythingWorthKeeping() {
    for (int i = 1; i <= 400_000; i++) {
      admission.asked(digest(i), START);
    }

    int wrong = 0;
    for (int i = 500_000; i < 501_000; i++) {
      wrong += admission.isOften(digest(i), START) ? 1 : 0;
    }
    assertThat(wrong).isLessThan(100);
  }
}
