package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunsTest {

  private static final int SIZE = 200;

  private final Runs runs = new Runs();

  @Test
  void runsThatTouchAreOne() {
    runs.add(0, 10);
    runs.add(20, 30);
    assertThat(runs.endAt(5)).isEqualTo(10);

    runs.add(10, 20);

    assertThat(runs.endAt(5)).isEqualTo(30);
    assertThat(runs.nextAt(1)).isEqualTo(Runs.NONE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithASetOfBits(long seed) {
    Random random = new Random(seed);
    BitSet bits = new BitSet();
    for (int step = 0; step < 400; step++) {
      int from = random.nextInt(SIZE);
      if (random.nextInt(50) == 0) {
        runs.clear();
        bits.clear();
      } else if (random.nextInt(10) == 0) {
        runs.removeBefore(from);
        bits.clear(0, from);
      } else {
        int to = from + random.nextInt(12);
        runs.add(from, to);
        bits.set(from, to);
      }
      assertThat(runs.count()).isEqualTo(bits.cardinality());
      assertThat(runs.isEmpty()).isEqualTo(bits.isEmpty());
      for (int position = 0; position <= SIZE + 12; position++) {
        assertThat(runs.endAt(position)).isEqualTo(bits.nextClearBit(position));
        assertThat(runs.nextAt(position)).isEqualTo(nextStart(bits, position));
      }
    }
  }

  private static long nextStart(BitSet bits, int position) {
    for (int at = position; at < bits.length(); at++) {
      if (bits.get(at) && (at == 0 || !bits.get(at - 1))) {
        return at;
      }
    }
    return Runs.NONE;
  }
}
