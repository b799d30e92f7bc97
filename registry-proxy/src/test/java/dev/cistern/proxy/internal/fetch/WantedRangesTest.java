package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ByteRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class WantedRangesTest {

  private static WantedRanges list(long... ends) {
    ByteRange[] ranges = new ByteRange[ends.length / 2];
    for (int i = 0; i < ranges.length; i++) {
      ranges[i] = new ByteRange(ends[2 * i], ends[2 * i + 1]);
    }
    return new WantedRanges(List.of(ranges));
  }

  @Test
  void aPositionHasTheEndOfTheLongestRangeThatHasIt() {
    WantedRanges list = list(0, 9, 5, 19, 40, 49);

    assertThat(list.endAt(0)).isEqualTo(10);
    assertThat(list.endAt(5)).isEqualTo(20);
    assertThat(list.endAt(20)).isEqualTo(20);
    assertThat(list.endAt(49)).isEqualTo(50);
  }

  @Test
  void rangesWithASmallGapAreOne() {
    assertThat(list(0, 9, 20, 29, 40, 49).withoutGaps(10, 100)).isEqualTo(list(0, 49));
    assertThat(list(0, 9, 20, 29, 41, 49).withoutGaps(10, 100)).isEqualTo(list(0, 29, 41, 49));
    assertThat(list(0, 9, 10, 19).withoutGaps(0, 100)).isEqualTo(list(0, 19));
  }

  @Test
  void aRangeThatWouldMakeItTooLongBeginsAnother() {
    assertThat(list(0, 9, 20, 29, 40, 49).withoutGaps(10, 50)).isEqualTo(list(0, 49));
    assertThat(list(0, 9, 20, 29, 40, 49).withoutGaps(10, 49)).isEqualTo(list(0, 29, 40, 49));
    assertThat(list(0, 99, 100, 109, 110, 119).withoutGaps(10, 50))
        .isEqualTo(list(0, 99, 100, 119));
  }

  @Test
  void rangesThatOverlapOrAreInAnotherOrderStayAsTheyAre() {
    assertThat(list(0, 9, 5, 19).withoutGaps(10, 100)).isEqualTo(list(0, 9, 5, 19));
    assertThat(list(20, 29, 0, 9).withoutGaps(10, 100)).isEqualTo(list(20, 29, 0, 9));
  }
}
