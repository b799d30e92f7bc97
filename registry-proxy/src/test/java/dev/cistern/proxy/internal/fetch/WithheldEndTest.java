package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class WithheldEndTest {

  private static final long SIZE = 1_000_000;

  private static long visible(long received) {
    return WithheldEnd.visible(received, OptionalLong.of(SIZE));
  }

  @Test
  void whatIsReceivedIsVisibleUntilTheEndBegins() {
    assertThat(visible(0)).isZero();
    assertThat(visible(1)).isEqualTo(1);
    assertThat(visible(SIZE - WithheldEnd.BYTES)).isEqualTo(SIZE - WithheldEnd.BYTES);
  }

  @Test
  void theEndStaysInvisibleAfterAllIsReceived() {
    assertThat(visible(SIZE - WithheldEnd.BYTES + 1)).isEqualTo(SIZE - WithheldEnd.BYTES);
    assertThat(visible(SIZE)).isEqualTo(SIZE - WithheldEnd.BYTES);
  }

  @Test
  void anUpstreamThatSendsMoreThanItAnnouncedMakesNoMoreVisible() {
    assertThat(visible(2 * SIZE)).isEqualTo(SIZE - WithheldEnd.BYTES);
  }

  @Test
  void withoutASizeTheLastBytesReceivedAreInvisible() {
    assertThat(WithheldEnd.visible(SIZE, OptionalLong.empty())).isEqualTo(SIZE - WithheldEnd.BYTES);
    assertThat(WithheldEnd.visible(WithheldEnd.BYTES, OptionalLong.empty())).isZero();
  }

  @Test
  void nothingOfASmallBlobIsVisible() {
    assertThat(WithheldEnd.visible(100, OptionalLong.of(100))).isLessThanOrEqualTo(0);
    assertThat(WithheldEnd.isWhole(WithheldEnd.BYTES)).isTrue();
    assertThat(WithheldEnd.isWhole(WithheldEnd.BYTES + 1)).isFalse();
  }
}
