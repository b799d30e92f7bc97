package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PiecesTest {

  private static final int MB = 1 << 20;

  @Test
  void nextPieceLeavesAReserveToAFrontThatReceives() {
    Pieces pieces = new Pieces(100 * MB, 0);

    Claim first = pieces.claimNext(8 * MB, 4 * MB, 64 * MB).orElseThrow();
    Claim second = pieces.claimNext(8 * MB, 4 * MB, 64 * MB).orElseThrow();

    assertThat(first.start()).isEqualTo(8 * MB);
    assertThat(second.start()).isEqualTo(12 * MB);
    assertThat(pieces.admit(9 * MB)).isEqualTo(8 * MB);
  }

  @Test
  void noPieceIsFartherAheadThanTheWindow() {
    Pieces pieces = new Pieces(100 * MB, 0);
    for (int i = 0; i < 5; i++) {
      assertThat(pieces.claimNext(0, 4 * MB, 16 * MB)).isPresent();
    }

    assertThat(pieces.claimNext(0, 4 * MB, 16 * MB)).isEmpty();
  }

  @Test
  void lastPieceIsAtTheEnd() {
    Pieces pieces = new Pieces(100 * MB, 0);

    assertThat(pieces.claimLast(8 * MB).orElseThrow().start()).isEqualTo(92 * MB);
    assertThat(pieces.claimLast(8 * MB).orElseThrow().start()).isEqualTo(84 * MB);
  }

  @Test
  void lastPieceIsBeforeWhatAReaderHasOfTheEnd() {
    Pieces pieces = new Pieces(100 * MB, 0);
    pieces.wish(99 * MB, 100 * MB);
    Claim end = pieces.claimWished(8 * MB).orElseThrow();
    pieces.admit(end, MB);
    pieces.received(end, MB);
    pieces.release(end);

    assertThat(pieces.claimLast(8 * MB).orElseThrow().start()).isEqualTo(91 * MB);
  }

  @Test
  void aReaderFarFromTheFrontGetsAPieceAndANearOneDoesNot() {
    Pieces pieces = new Pieces(100 * MB, 0);

    assertThat(pieces.wish(MB, 2 * MB)).isFalse();
    assertThat(pieces.wish(50 * MB, 51 * MB)).isTrue();
    Claim claim = pieces.claimWished(8 * MB).orElseThrow();

    assertThat(claim.start()).isEqualTo(50 * MB);
    assertThat(claim.asked()).isEqualTo(51 * MB);
    assertThat(pieces.wish(50 * MB, 51 * MB)).isFalse();
    assertThat(pieces.claimWished(8 * MB)).isEmpty();
  }

  @Test
  void aPieceThatComesMuchLaterIsCutForAReader() {
    Pieces pieces = new Pieces(100 * MB, 0);
    Claim later = pieces.claimNext(0, 32 * MB, 64 * MB).orElseThrow();
    assertThat(pieces.wish(20 * MB, 21 * MB)).isTrue();

    assertThat(pieces.claimWished(8 * MB).orElseThrow().start()).isEqualTo(20 * MB);

    assertThat(pieces.admit(later, 32 * MB)).isEqualTo(20 * MB);
  }

  @Test
  void whatAReceiverIsWritingIsItsOwnWhenItsPieceIsCut() throws Exception {
    Pieces pieces = new Pieces(10 * MB, 0);
    Claim claim = pieces.claimNext(0, 4 * MB, 64 * MB).orElseThrow();
    assertThat(pieces.admit(claim, MB)).isEqualTo(MB);

    pieces.cut(claim);
    pieces.cutFarthest();

    assertThat(pieces.isFrontTaken()).isTrue();
    pieces.received(claim, MB);
    assertThat(pieces.admit(claim, MB)).isZero();
    assertThat(pieces.awaitFront()).isEqualTo(MB);
    pieces.hashed(MB);
    assertThat(pieces.isFrontTaken()).isFalse();
  }

  @Test
  void theFrontTakesOverFromAReceiverThatEnds() throws Exception {
    Pieces pieces = new Pieces(10 * MB, 0);
    Claim claim = pieces.claimNext(0, 4 * MB, 64 * MB).orElseThrow();
    pieces.received(claim, MB);
    assertThat(pieces.awaitFront()).isEqualTo(MB);
    pieces.hashed(MB);

    pieces.release(claim);

    assertThat(pieces.awaitFront()).isEqualTo(MB);
    assertThat(pieces.admit(2 * MB)).isEqualTo(2 * MB);
  }

  @Test
  void theFrontTakesOverAtOnceWhenItsReceiverIsNeededElsewhere() {
    Pieces pieces = new Pieces(10 * MB, 0);
    assertThat(pieces.claimNext(0, 4 * MB, 64 * MB)).isPresent();
    CompletableFuture<Long> front = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                front.complete(pieces.awaitFront());
              } catch (InterruptedException e) {
                front.completeExceptionally(e);
              }
            });
    waiting.start();
    Await.until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    long start = System.nanoTime();
    pieces.cutFarthest();

    assertThat(Await.value(front)).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Pieces.SILENCE);
  }

  static List<Long> seeds() {
    List<Long> seeds = new ArrayList<>();
    Random random = new Random(19);
    for (int i = 0; i < 50; i++) {
      seeds.add(random.nextLong());
    }
    return seeds;
  }

  /** A byte is given to one receiver at a time, and in the end all are here, whoever fails. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void eachByteIsReceivedOnceByOneOfAnyReceivers(long seed) throws Exception {
    Random random = new Random(seed);
    int unit = 64 * 1024;
    int size = (1 + random.nextInt(400)) * unit;
    Pieces pieces = new Pieces(size, 0);
    int[] times = new int[size / unit];
    List<Claim> claims = new ArrayList<>();
    long front = 0;
    int cuts = 0;
    for (int step = 0; front < size; step++) {
      assertThat(step).as("steps").isLessThan(100_000);
      switch (random.nextInt(8)) {
        case 0 -> {
          long reserve = (long) random.nextInt(9) * unit;
          pieces.claimNext(reserve, 64L * unit, size).ifPresent(claims::add);
        }
        case 1 -> {
          long position = (long) random.nextInt(size / unit) * unit;
          pieces.wish(position, position + (long) random.nextInt(40) * unit);
          Optional<Claim> wished = pieces.claimWished(32L * unit);
          wished.ifPresent(claims::add);
        }
        case 2 -> pieces.claimLast(16L * unit).ifPresent(claims::add);
        case 3 -> {
          if (random.nextInt(10) == 0) {
            pieces.cutFarthest();
            cuts++;
          }
        }
        case 4, 5 -> {
          if (!claims.isEmpty()) {
            Claim claim = claims.get(random.nextInt(claims.size()));
            int taken = pieces.admit(claim, unit);
            if (taken > 0) {
              times[(int) (pieces.received(claim, taken) / unit)]++;
            }
            if (pieces.isDone(claim) || random.nextInt(30) == 0) {
              claims.remove(claim);
              pieces.release(claim);
            }
          }
        }
        default -> {
          if (!pieces.isFrontTaken()) {
            pieces.endOfRequest(Long.MAX_VALUE);
            int taken = pieces.admit(unit);
            assertThat(taken).isEqualTo(unit);
            times[(int) (front / unit)]++;
            pieces.frontReceived(taken);
            front += taken;
          } else if (claims.isEmpty()) {
            front = pieces.awaitFront();
            pieces.hashed(front);
          } else if (pieces.withoutGap() > front) {
            front = pieces.withoutGap();
            pieces.hashed(front);
          }
        }
      }
    }
    assertThat(pieces.received()).isEqualTo(size);
    assertThat(times).as("cut %d times", cuts).containsOnly(1);
  }
}
