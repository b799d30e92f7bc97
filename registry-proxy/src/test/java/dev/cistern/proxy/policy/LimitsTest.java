package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {

  @Test
  void byDefaultContentIsKeptForAWeekAndAsMuchAsFits() {
    assertThat(Limits.DEFAULT.maxSize()).isEqualTo(Long.MAX_VALUE);
    assertThat(Limits.DEFAULT.highMark()).isEqualTo(100);
    assertThat(Limits.DEFAULT.lowMark()).isEqualTo(90);
    assertThat(Limits.DEFAULT.minFree()).isZero();
    assertThat(Limits.DEFAULT.ttl()).isEqualTo(Duration.ofDays(7));
    assertThat(Limits.DEFAULT.sweep()).isEqualTo(Duration.ofMinutes(1));
    assertThat(Limits.DEFAULT.pins()).isEmpty();
    assertThat(Limits.DEFAULT.low()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theMarksArePartsOfTheSize() {
    assertThat(Limits.builder().maxSize(1_000).build().high()).isEqualTo(1_000);
    assertThat(Limits.builder().maxSize(1_000).highMark(95).build().high()).isEqualTo(950);
    assertThat(Limits.builder().maxSize(1_000).build().low()).isEqualTo(900);
    assertThat(Limits.builder().maxSize(Long.MAX_VALUE - 1).lowMark(50).build().low())
        .isEqualTo((Long.MAX_VALUE - 1) / 2);
  }

  @Test
  void theLowMarkComesDownWithTheHighOne() {
    assertThat(Limits.builder().highMark(80).build().lowMark()).isEqualTo(80);
    assertThat(Limits.builder().highMark(95).build().lowMark()).isEqualTo(90);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limits.builder().highMark(80).lowMark(81).build());
  }

  @Test
  void inconsistentValuesAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().maxSize(0).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().highMark(0).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().highMark(101).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().lowMark(0).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().lowMark(101).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().minFree(-1).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limits.builder().ttl(Duration.ofSeconds(-1)).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limits.builder().sweep(Duration.ZERO).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Limits.builder().pin("a b").build());
  }
}
