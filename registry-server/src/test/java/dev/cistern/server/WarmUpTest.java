package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WarmUpTest {

  @Test
  void startsAServerAndStopsIt() throws Exception {
    assertThat(WarmUp.run()).isZero();
  }
}
