package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.FreshnessPolicy.Rule;
import dev.cistern.proxy.policy.FreshnessPolicy.Use;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FreshnessPolicyTest {

  private static final Tag LATEST = new Tag("latest");
  private static final Instant CONFIRMED = Instant.parse("2026-11-23T12:00:00Z");
  private static final FreshnessPolicy MINUTE =
      new FreshnessPolicy(Duration.ofMinutes(1), Duration.ZERO);

  private static Use useAfter(FreshnessPolicy policy, int seconds) {
    return policy.use(policy.ttl(LATEST, CONFIRMED, CONFIRMED.plusSeconds(seconds)));
  }

  @ParameterizedTest
  @CsvSource({"0, FRESH", "59, FRESH", "60, AFTER_CHECK", "61, AFTER_CHECK"})
  void anAnswerIsUsedWhileItIsFresh(int seconds, Use use) {
    assertThat(useAfter(MINUTE, seconds)).isEqualTo(use);
  }

  @ParameterizedTest
  @CsvSource({"59, FRESH", "60, WHILE_CHECKED", "69, WHILE_CHECKED", "70, AFTER_CHECK"})
  void thenItIsUsedWhileItIsChecked(int seconds, Use use) {
    assertThat(useAfter(MINUTE.withRevalidate(Duration.ofSeconds(10)), seconds)).isEqualTo(use);
  }

  @Test
  void byDefaultTheUpstreamIsAlwaysAsked() {
    assertThat(useAfter(FreshnessPolicy.DEFAULT, 0)).isEqualTo(Use.AFTER_CHECK);
    assertThat(useAfter(FreshnessPolicy.DEFAULT.withRevalidate(Duration.ofSeconds(1)), 0))
        .isEqualTo(Use.WHILE_CHECKED);
  }

  @Test
  void theFirstRuleThatMatchesCounts() {
    FreshnessPolicy policy =
        MINUTE
            .withRule(TagPattern.parse("v1.0"), Duration.ZERO)
            .withRule(TagPattern.parse("v[0-9]*"), Duration.ofHours(24))
            .withRule(TagPattern.parse("v*"), Duration.ofHours(1));

    assertThat(policy.freshness(new Tag("v1.0"))).isZero();
    assertThat(policy.freshness(new Tag("v1.1"))).isEqualTo(Duration.ofHours(24));
    assertThat(policy.freshness(new Tag("vnext"))).isEqualTo(Duration.ofHours(1));
    assertThat(policy.freshness(LATEST)).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void anAnswerThatIsNoLongerFreshHasANegativeTtl() {
    assertThat(MINUTE.ttl(LATEST, CONFIRMED, CONFIRMED.plusSeconds(65)))
        .isEqualTo(Duration.ofSeconds(-5));
  }

  @Test
  void negativeDurationsAreRefused() {
    Duration negative = Duration.ofMillis(-1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FreshnessPolicy(negative, Duration.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FreshnessPolicy(Duration.ZERO, negative));
    assertThatIllegalArgumentException().isThrownBy(() -> MINUTE.withRevalidate(negative));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rule(TagPattern.parse("v*"), negative))
        .withMessageContaining("v*");
  }
}
