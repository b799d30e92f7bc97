package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
      strings = {
        "",
        "&",
        "&&&",
        "ns=docker.io",
        "n",
        "n=",
        "last=",
        "n=&last=",
        "nn",
        "token=",
        "="
      })
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
  void hasACount(String query, int count) throws Exception {
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
  @CsvSource({
    "next_page=gAAA%3D%3D, next_page=gAAA%3D%3D",
    "n=5&next_page=x&a=b&last=c&ns=docker.io, next_page=x&a=b",
    "N=5&nn=6, N=5&nn=6",
    "x=\"<>&y=1, y=1"
  })
  void keepsOtherParametersAsTheyAre(String query, String extra) throws Exception {
    assertThat(Page.parse(query).extra()).isEqualTo(extra);
    assertThat(Page.parse(Page.parse(query).toQuery())).isEqualTo(Page.parse(query));
  }

  @Test
  void otherParametersAreNotEndless() {
    assertThat(
            catchThrowableOfType(
                    RegistryException.class, () -> Page.parse("x=" + "y".repeat(Page.MAX_EXTRA)))
                .code())
        .isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Page(OptionalInt.empty(), Optional.empty(), "a=b\r\nc"));
  }

  @Test
  void isWrittenAsAQuery() {
    assertThat(Page.FIRST.toQuery()).isEmpty();
    assertThat(new Page(OptionalInt.of(0), Optional.empty()).toQuery()).isEqualTo("n=0");
    assertThat(new Page(OptionalInt.empty(), Optional.of("a/b&c")).toQuery())
        .isEqualTo("last=a%2Fb%26c");
    assertThat(new Page(OptionalInt.of(2), Optional.of("x")).toQuery()).isEqualTo("n=2&last=x");
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
      assertThat(Page.parse(page.toQuery())).isEqualTo(page);
    }
  }

  @Test
  void hasNoNegativeCount() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Page(OptionalInt.of(-1), Optional.empty()));
  }
}
