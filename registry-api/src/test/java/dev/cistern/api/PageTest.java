package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution specification 1.1, "Listing Tags". */
class PageTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"", "&", "&&&", "ns=docker.io", "n", "n=", "last=", "n=&last=", "n&last&ns"})
  void withoutValuesIsTheFirst(String query) throws Exception {
    assertThat(Page.parse(query)).isEqualTo(Page.FIRST);
  }

  @ParameterizedTest
  @CsvSource({
    "n=0, 0",
    "n=1, 1",
    "n=007, 7",
    "n=%31%30, 10",
    "n=2147483647, 2147483647",
    "n=5&n=6, 5",
    "ns=x&n=5, 5"
  })
  void takesTheFirstCountOfTheQuery(String query, int count) throws Exception {
    assertThat(Page.parse(query).count()).hasValue(count);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2147483648", "9223372036854775808", "99999999999999999999999999999999999999"})
  void standsForAllWhenTheCountIsTooLargeForAnInt(String count) throws Exception {
    assertThat(Page.parse("n=" + count).count()).hasValue(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n=-1",
        "n=+1",
        "n=1.0",
        "n=1e3",
        "n=0x10",
        "n=abc",
        "n=%",
        "n=%00",
        "n=1%20",
        "n=\u0661",
        "n=%d9%a1",
        "last=%",
        "last=%zz",
        "last=a%0d%0a",
        "last=%00",
        "last=a%7f",
        "last=%ff",
        "last=%c0%af",
        "last=%ed%a0%80",
        "last=\u4e00"
      })
  void thatCannotBeReadIsRefused(String query) {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> Page.parse(query));
    assertThat(e.code()).isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
    assertThat(e.code().status()).isEqualTo(400);
  }

  @Test
  void mayBeginAfterAnEntryWithoutACount() throws Exception {
    assertThat(Page.parse("last=3.19"))
        .isEqualTo(new Page(OptionalInt.empty(), Optional.of("3.19")));
  }

  @ParameterizedTest
  @CsvSource({
    "last=a%2Fb+c, a/b c",
    "last=%C3%A4, ä",
    "last=a=b, a=b",
    "last=a&last=b, a",
    "last=%25, %"
  })
  void decodesTheLastEntry(String query, String last) throws Exception {
    assertThat(Page.parse(query).last()).hasValue(last);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "next_page=gAAA%3D%3D",
        "n=5&next_page=x&a=b&last=c",
        "last=c&n=5",
        "opaque",
        "n=2&opaque",
        "=",
        "token=",
        "N=5&nn=6",
        "last=%61%2fb+c%20d",
        "sig=a/b:c@d?e!$'()*,;~&last=x",
        "n=99999999999999999999"
      })
  void isKeptAsItIs(String query) throws Exception {
    assertThat(Page.parse(query).query()).isEqualTo(query);
    assertThat(Page.parse(query)).isEqualTo(Page.parse(query)).isNotEqualTo(Page.FIRST);
  }

  @ParameterizedTest
  @CsvSource({
    "n=5&ns=docker.io&last=a, n=5&last=a",
    "&&n=5&, n=5",
    "x=\"<>&y=a b, x=%22%3C%3E&y=a%20b",
    "x[0]=\u00e9, x%5B0%5D=%C3%A9"
  })
  void isKeptWithoutTheRegistryAndEncoded(String query, String kept) throws Exception {
    assertThat(Page.parse(query).query()).isEqualTo(kept);
  }

  @Test
  void mayHaveATokenOfTheServer() throws Exception {
    for (String query : List.of("opaque", "=", "n=5&t=x&last=a", "t=")) {
      assertThat(Page.parse(query).hasToken()).as(query).isTrue();
    }
    for (String query : List.of("", "n=5&last=a", "n=5&last", "last=x&last=y&ns=a")) {
      assertThat(Page.parse(query).hasToken()).as(query).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "n=5&last=a, n=7&last=a, true",
    "last=a, last=a&n=7, true",
    "n=5&last=a, n=5&last=b, false",
    "t=x&n=5, t=x, true",
    "t=x, t=y, false",
    "opaque, n=1, false"
  })
  void beginsLikeAnother(String one, String other, boolean same) throws Exception {
    assertThat(Page.parse(one).beginsLike(Page.parse(other))).isEqualTo(same);
    assertThat(Page.parse(other).beginsLike(Page.parse(one))).isEqualTo(same);
  }

  @Test
  void mayHaveAnotherCount() throws Exception {
    assertThat(Page.parse("last=%61&n=500&t&n=7").withCount(100).query())
        .isEqualTo("n=100&last=%61&t");
    assertThat(Page.FIRST.withCount(3)).isEqualTo(new Page(OptionalInt.of(3), Optional.empty()));
    assertThat(Page.parse("n=3&last=b").withCount(4).count()).hasValue(4);
  }

  @Test
  void isNotEndless() {
    for (String name : List.of("x=", "last=")) {
      assertThat(
              catchThrowableOfType(
                      RegistryException.class, () -> Page.parse(name + "y".repeat(Page.MAX_QUERY)))
                  .code())
          .isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Page(OptionalInt.empty(), Optional.of("y".repeat(Page.MAX_QUERY))));
  }

  @Test
  void isWrittenAsAQuery() {
    assertThat(Page.FIRST.query()).isEmpty();
    assertThat(new Page(OptionalInt.of(0), Optional.empty()).query()).isEqualTo("n=0");
    assertThat(new Page(OptionalInt.empty(), Optional.of("a/b&c")).query())
        .isEqualTo("last=a%2Fb%26c");
    assertThat(new Page(OptionalInt.of(2), Optional.of("x")).query()).isEqualTo("n=2&last=x");
  }

  @Test
  void comesBackFromItsQuery() throws Exception {
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder last = new StringBuilder("x");
      for (int left = random.nextInt(8); left > 0; left--) {
        last.appendCodePoint(" ~%&+=/?#aé\u4e00".codePointAt(random.nextInt(12)));
      }
      Page page = new Page(OptionalInt.of(random.nextInt(1000)), Optional.of(last.toString()));
      assertThat(Page.parse(page.query())).isEqualTo(page);
    }
  }

  @Test
  void hasNoNegativeCount() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Page(OptionalInt.of(-1), Optional.empty()));
  }
}
