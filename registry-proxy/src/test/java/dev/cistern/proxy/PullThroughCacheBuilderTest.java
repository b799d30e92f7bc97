package dev.cistern.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PullThroughCacheBuilderTest {

  @Test
  void theNumberOfTransfersIsBounded() {
    PullThroughCacheBuilder builder = PullThroughCache.builder();
    assertThat(builder.maxTransfers()).isEqualTo(64);
    assertThat(builder.maxTransfers(8).maxTransfers()).isEqualTo(8);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxTransfers(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxTransfers(1001));
  }
}
