package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HealthSectionTest {

  @Test
  void storageIsCheckedByDefault() {
    assertThat(Configurations.config("").health()).isEqualTo(HealthConfig.DEFAULT);
    assertThat(HealthConfig.DEFAULT.isEnabled()).isTrue();
  }

  @Test
  void theCheckOfDistributionIsHonoured() {
    assertThat(
            Configurations.config(
                    "health: {storagedriver: {enabled: true, interval: 30s, threshold: 3}}")
                .health())
        .isEqualTo(new HealthConfig(HealthConfig.Check.ENABLED, Duration.ofSeconds(30), 3));
    assertThat(
            Configurations.config("health: {storagedriver: {enabled: false}}").health().isEnabled())
        .isFalse();
  }
}
