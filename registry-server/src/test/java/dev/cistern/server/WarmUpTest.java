package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  @Test
  void startsServersAsksThemAndStopsThem() throws Exception {
    assertThat(WarmUp.run(Duration.ZERO, Duration.ZERO)).isZero();
  }

  @Test
  void startsServersWithoutAnUpstream() throws Exception {
    assertThat(WarmUp.start()).isZero();
  }

  @Test
  void asksForAWhileWithSeveralClients() throws Exception {
    assertThat(WarmUp.run(Duration.ofMillis(200), Duration.ofMillis(200))).isZero();
  }
}
