package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.RangeSpec.From;
import dev.cistern.api.RangeSpec.FromTo;
import dev.cistern.api.RangeSpec.Suffix;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, section 14, which the distribution specification ("Pulling blobs") refers to. */
class RangeSetTest {

  private static RangeSet parse(String header) {
    return RangeSet.parse(header).orElseThrow();
  }

  private static List<ByteRange> resolve(String header, long length) {
    return parse(header).resolve(length);
  }

  @Nested
  class AHeaderMust {

    @Test
    void beReadInAllItsForms() {
      assertThat(parse("bytes=0-499").specs()).containsExactly(new FromTo(0, 499));
      assertThat(parse("bytes=9500-").specs()).containsExactly(new From(9500));
      assertThat(parse("bytes=-500").specs()).containsExactly(new Suffix(500));
      assertThat(parse("bytes=0-0,-1, 5-6 ,\t8-").specs())
          .containsExactly(new FromTo(0, 0), new Suffix(1), new FromTo(5, 6), new From(8));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Bytes=0-1",
          "BYTES=0-1",
          " bytes=0-1 ",
          "bytes= 0-1",
          "bytes=,0-1",
          "bytes=0-1,,",
          "bytes=, ,0-1 , "
        })
    void beReadWithoutRegardToCaseAndEmptyElements(String header) {
      assertThat(parse(header).specs()).containsExactly(new FromTo(0, 1));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "bytes",
          "bytes=",
          "bytes=,",
          "bytes=-",
          "bytes=--1",
          "bytes=1",
          "bytes=a-b",
          "bytes=5-4",
          "bytes=0-1;2-3",
          "bytes=0 -1",
          "bytes=0- 1",
          "bytes =0-1",
          "bytes:0-1",
          "items=0-1",
          "octets=0-1",
          "bytes=0-1 2-3",
          "bytes=0x0-1",
          "bytes=+0-1",
          "bytes=-+1",
          "bytes=0-1,x",
          "bytes=0-1,5-4",
          "bytes=\u0661-\u0662",
          "bytes=0-1\u0000",
          "bytes=1-2-3",
          "bytes=99999999999999999999-5",
          "0-1",
          "=0-1"
        })
    void beIgnoredWhenMalformedOrOfAnotherUnit(String header) {
      assertThat(RangeSet.parse(header)).isEmpty();
    }

    @Test
    void notOverflow() {
      String huge = "99999999999999999999999999999999999999";
      assertThat(parse("bytes=9223372036854775807-").specs())
          .containsExactly(new From(Long.MAX_VALUE));
      assertThat(parse("bytes=9223372036854775808-").specs())
          .containsExactly(new From(Long.MAX_VALUE));
      assertThat(resolve("bytes=" + huge + "-", 10)).isEmpty();
      assertThat(resolve("bytes=" + huge + "-" + huge, 10)).isEmpty();
      assertThat(resolve("bytes=5-" + huge, 10)).containsExactly(new ByteRange(5, 9));
      assertThat(resolve("bytes=-" + huge, 10)).containsExactly(new ByteRange(0, 9));
      assertThat(resolve("bytes=0-" + huge, Long.MAX_VALUE))
          .containsExactly(new ByteRange(0, Long.MAX_VALUE - 1));
    }
  }

  @Nested
  class ARangeMust {

    @Test
    void beCutAtTheEnd() {
      assertThat(resolve("bytes=0-9", 10)).containsExactly(new ByteRange(0, 9));
      assertThat(resolve("bytes=5-100", 10)).containsExactly(new ByteRange(5, 9));
      assertThat(resolve("bytes=9-", 10)).containsExactly(new ByteRange(9, 9));
      assertThat(resolve("bytes=-3", 10)).containsExactly(new ByteRange(7, 9));
      assertThat(resolve("bytes=-11", 10)).containsExactly(new ByteRange(0, 9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=10-,-0,11-12"})
    void beUnsatisfiableOutsideTheContent(String header) {
      assertThat(resolve(header, 10)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-5", "bytes=-0"})
    void beUnsatisfiableInEmptyContent(String header) {
      assertThat(resolve(header, 0)).isEmpty();
    }

    @Test
    void keepItsPlaceAmongTheSatisfiableOnes() {
      assertThat(resolve("bytes=8-9,100-,0-1,-1", 10))
          .containsExactly(new ByteRange(8, 9), new ByteRange(0, 1), new ByteRange(9, 9));
    }

    @Test
    void lieWithinTheContentWhateverIsAsked() {
      Random random = new Random(6);
      for (int i = 0; i < 100_000; i++) {
        long length = random.nextInt(4) == 0 ? random.nextLong() >>> 1 : random.nextInt(20);
        long first = random.nextInt(4) == 0 ? random.nextLong() >>> 1 : random.nextInt(25);
        String header =
            switch (random.nextInt(3)) {
              case 0 -> "bytes=" + first + "-";
              case 1 -> "bytes=-" + first;
              default -> "bytes=" + first + "-" + (first / 2 + (random.nextLong() >>> 2));
            };
        RangeSet.parse(header)
            .ifPresent(
                set ->
                    assertThat(set.resolve(length))
                        .allSatisfy(
                            range -> {
                              assertThat(range.last()).isLessThan(length);
                              assertThat(range.length()).isBetween(1L, length);
                            }));
      }
    }
  }

  @Nested
  class ASetMay {

    @Test
    void holdAsManyOrderedRangesAsPodmanAsksForAtOnce() {
      assertThat(parse(ascending(1024)).tooMany()).isFalse();
      assertThat(parse(ascending(1025)).tooMany()).isTrue();
    }

    @Test
    void hold32RangesInNoOrder() {
      assertThat(parse(descending(32)).tooMany()).isFalse();
      assertThat(parse(descending(33)).tooMany()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=0-5,3-8,7-9",
          "bytes=0-,-1",
          "bytes=-1,-2,-3",
          "bytes=0-,5-,9-",
          "bytes=0-0,-0,-0,-0,-0"
        })
    void overlapALittle(String header) {
      assertThat(parse(header).tooMany()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=0-,0-,0-,0-",
          "bytes=-1,-2,-3,-4",
          "bytes=0-9,1-2,3-4,5-6",
          "bytes=5-,0-,0-,-1,-9",
          "bytes=0-9,0-9,0-9,0-9"
        })
    void notAskForTheSameBytesAgainAndAgain(String header) {
      assertThat(parse(header).tooMany()).isTrue();
    }

    @Test
    void notFillTheMemory() {
      RangeSet set = parse(ascending(200_000));
      assertThat(set.tooMany()).isTrue();
      assertThat(set.specs()).hasSizeLessThan(2000);
    }

    private static String ascending(int count) {
      return IntStream.range(0, count)
          .mapToObj(i -> i * 10 + "-" + (i * 10 + 5))
          .collect(Collectors.joining(",", "bytes=", ""));
    }

    private static String descending(int count) {
      return IntStream.range(0, count)
          .mapToObj(i -> (count - i) * 10 + "-" + ((count - i) * 10 + 5))
          .collect(Collectors.joining(", ", "bytes=", ""));
    }
  }

  @Test
  void valuesRefuseWhatNoHeaderCanSay() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RangeSet(List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> new FromTo(2, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new FromTo(-1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new From(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Suffix(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new ByteRange(2, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new ByteRange(-1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new ByteRange(0, Long.MAX_VALUE));
  }
}
