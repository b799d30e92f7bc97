package dev.cistern.proxy.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** distribution-spec, "Listing Tags". */
class NamePageTest {

  private static final List<String> ALL = List.of("1.0", "1.1", "2.0", "latest");

  private static Page page(int count, String last) {
    return new Page(OptionalInt.of(count), Optional.of(last));
  }

  private static Page first(int count) {
    return new Page(OptionalInt.of(count), Optional.empty());
  }

  @Test
  void withoutACountEverythingComes() {
    assertThat(NamePage.of(ALL, Page.FIRST)).isEqualTo(new NamePage(ALL, Optional.empty()));
  }

  @Test
  void aPageSaysWhereTheNextOneBegins() {
    assertThat(NamePage.of(ALL, first(2)))
        .isEqualTo(new NamePage(List.of("1.0", "1.1"), Optional.of(page(2, "1.1"))));
  }

  @Test
  void lastIsExclusiveAndNeedNotExist() {
    assertThat(NamePage.of(ALL, page(2, "1.1")).names()).containsExactly("2.0", "latest");
    assertThat(NamePage.of(ALL, page(2, "1.05")).names()).containsExactly("1.1", "2.0");
  }

  @Test
  void lastIsValidWithoutACount() {
    assertThat(NamePage.of(ALL, new Page(OptionalInt.empty(), Optional.of("1.1"))))
        .isEqualTo(new NamePage(List.of("2.0", "latest"), Optional.empty()));
  }

  @Test
  void aCountOfZeroGivesAnEmptyListAndNoNextPage() {
    assertThat(NamePage.of(ALL, first(0))).isEqualTo(new NamePage(List.of(), Optional.empty()));
  }

  @Test
  void theLastPageHasNoNextOne() {
    assertThat(NamePage.of(ALL, page(2, "1.1")).next()).isEmpty();
    assertThat(NamePage.of(ALL, first(4)).next()).isEmpty();
    assertThat(NamePage.of(ALL, page(2, "zzz")))
        .isEqualTo(new NamePage(List.of(), Optional.empty()));
  }

  @Test
  void followingThePagesGivesEveryNameOnce() {
    List<String> names = new ArrayList<>();
    Optional<Page> next = Optional.of(first(1));
    while (next.isPresent()) {
      NamePage page = NamePage.of(ALL, next.get());
      names.addAll(page.names());
      next = page.next();
    }

    assertThat(names).isEqualTo(ALL);
  }
}
