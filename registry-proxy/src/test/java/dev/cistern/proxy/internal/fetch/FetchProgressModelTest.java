package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random traces of pieces that come in any order, readers at any place and any end of the transfer,
 * against a model that marks each byte. A failed trace names its seed, which repeats it.
 */
class FetchProgressModelTest {

  private static final int TRACES = 400;

  private static final int WITHHELD = WithheldEnd.BYTES;

  /** What one kind of reader should see. */
  private static final class Model {

    private final boolean[] here;
    private final List<Integer> waiting = new ArrayList<>();
    private boolean complete;
    private @Nullable IOException failure;
    private boolean visibleAfterFailure;

    Model(int size) {
      here = new boolean[size];
    }

    void add(long from, long to) {
      for (long at = from; at < to && failure == null; at++) {
        here[(int) at] = true;
      }
    }

    String available(int position) {
      int end = position;
      while (end < here.length && (here[end] || complete) && isReadable()) {
        end++;
      }
      if (end > position) {
        return "" + (end - position);
      }
      return failure != null ? "" + failure.getMessage() : complete ? "-1" : "0";
    }

    private boolean isReadable() {
      return failure == null || visibleAfterFailure;
    }
  }

  static List<Long> seeds() {
    List<Long> seeds = new ArrayList<>();
    Random random = new Random(19);
    for (int i = 0; i < 20; i++) {
      seeds.add(random.nextLong());
    }
    return seeds;
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void readersSeeWhatTheModelSays(long seed) {
    Random random = new Random(seed);
    for (int trace = 0; trace < TRACES / 20; trace++) {
      new Trace(random, "seed " + seed + ", trace " + trace).run();
    }
  }

  /** One transfer. Sizes are small, in steps of a quarter of the withheld end. */
  private static final class Trace {

    private static final int STEP = WITHHELD / 4;

    private final Random random;
    private final String name;
    private final int size;
    private final Offer offer;
    private final Model whole;
    private final Model part;
    private final List<String> woken = new ArrayList<>();

    Trace(Random random, String name) {
      this.random = random;
      this.name = name;
      size = (1 + random.nextInt(24)) * STEP + random.nextInt(3);
      offer = new Offer(OptionalLong.of(size), new FetchProgress(), new FetchProgress());
      whole = new Model(size);
      part = new Model(size);
    }

    private int position() {
      return Math.min(size - 1, random.nextInt(25) * STEP + random.nextInt(3));
    }

    void run() {
      for (int step = 0; step < 30; step++) {
        if (random.nextInt(3) > 0) {
          receive();
        } else {
          await(random.nextBoolean());
        }
        compare();
      }
      end();
      compare();
      receive();
      compare();
      assertThat(whole.waiting).as(name).isEmpty();
      assertThat(part.waiting).as(name).isEmpty();
    }

    private void receive() {
      int from = random.nextInt(3) == 0 ? 0 : position();
      int to = Math.min(size, from + random.nextInt(6 * STEP));
      offer.received(from, to);
      whole.add(from, Math.min(to, size - WITHHELD));
      part.add(from, to);
    }

    private void await(boolean ofWhole) {
      Model model = ofWhole ? whole : part;
      int position = position();
      String reader = (ofWhole ? "whole " : "part ") + position;
      boolean waits =
          (ofWhole ? offer.progress() : offer.parts())
              .whenAvailable(position, () -> woken.add(reader));
      assertThat(waits).as(name).isEqualTo(model.available(position).equals("0"));
      if (waits) {
        model.waiting.add(position);
      }
    }

    private void end() {
      IOException cause = new IOException("broke off");
      switch (random.nextInt(3)) {
        case 0 -> {
          offer.complete(size);
          whole.complete = true;
          part.complete = true;
        }
        case 1 -> {
          offer.fail(cause);
          whole.failure = cause;
          part.failure = cause;
        }
        default -> {
          offer.failAfterVisible(cause);
          whole.failure = cause;
          part.failure = cause;
          whole.visibleAfterFailure = true;
          part.visibleAfterFailure = true;
        }
      }
    }

    private void compare() {
      List<String> expected = new ArrayList<>();
      wake(whole, "whole ", expected);
      wake(part, "part ", expected);
      assertThat(woken).as(name).containsExactlyInAnyOrderElementsOf(expected);
      woken.clear();
      for (int position = 0; position <= size; position += STEP / 2 + 1) {
        assertThat(available(offer.progress(), position))
            .as(name)
            .isEqualTo(whole.available(position));
        assertThat(available(offer.parts(), position)).as(name).isEqualTo(part.available(position));
      }
    }

    private static void wake(Model model, String reader, List<String> woken) {
      for (int position : List.copyOf(model.waiting)) {
        if (!model.available(position).equals("0")) {
          model.waiting.remove((Integer) position);
          woken.add(reader + position);
        }
      }
    }

    private static String available(FetchProgress progress, int position) {
      try {
        return "" + progress.available(position);
      } catch (IOException e) {
        return "" + e.getMessage();
      }
    }
  }

  @Test
  void piecesBeyondTheFrontJoinIt() throws IOException {
    FetchProgress progress = new FetchProgress();
    progress.add(100, 200);
    assertThat(progress.visible()).isZero();
    assertThat(progress.isScattered()).isTrue();
    assertThat(progress.available(150)).isEqualTo(50);

    progress.advance(100);

    assertThat(progress.visible()).isEqualTo(200);
    assertThat(progress.isScattered()).isFalse();
    assertThat(progress.available(0)).isEqualTo(200);
  }
}
