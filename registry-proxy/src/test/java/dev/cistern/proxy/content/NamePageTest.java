package dev.cistern.proxy.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Page;
import dev.cistern.proxy.event.CacheStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** distribution-spec, "Listing Tags". */
class NamePageTest {

  private static final CacheStatus STATUS = new CacheStatus.Generated();

  private static final List<String> ALL = List.of("1.0", "1.1", "2.0", "latest");

  private static Page page(int count, String last) {
    return new Page(OptionalInt.of(count), Optional.of(last));
  }

  private static Page first(int count) {
    return new Page(OptionalInt.of(count), Optional.empty());
  }

  @Test
  void withoutACountEverythingComes() {
    assertThat(NamePage.of(ALL, Page.FIRST, STATUS))
        .isEqualTo(new NamePage(ALL, Optional.empty(), STATUS));
  }

  @Test
  void aPageSaysWhereTheNextOneBegins() {
    assertThat(NamePage.of(ALL, first(2), STATUS))
        .isEqualTo(new NamePage(List.of("1.0", "1.1"), Optional.of(page(2, "1.1")), STATUS));
  }

  @Test
  void lastIsExclusiveAndNeedNotExist() {
    assertThat(NamePage.of(ALL, page(2, "1.1"), STATUS).names()).containsExactly("2.0", "latest");
    assertThat(NamePage.of(ALL, page(2, "1.05"), STATUS).names()).containsExactly("1.1", "2.0");
  }

  @Test
  void lastIsValidWithoutACount() {
    assertThat(NamePage.of(ALL, new Page(OptionalInt.empty(), Optional.of("1.1")), STATUS))
        .isEqualTo(new NamePage(List.of("2.0", "latest"), Optional.empty(), STATUS));
  }

  @Test
  void aCountOfZeroGivesAnEmptyListAndNoNextPage() {
    assertThat(NamePage.of(ALL, first(0), STATUS))
        .isEqualTo(new NamePage(List.of(), Optional.empty(), STATUS));
  }

  @Test
  void theLastPageHasNoNextOne() {
    assertThat(NamePage.of(ALL, page(2, "1.1"), STATUS).next()).isEmpty();
    assertThat(NamePage.of(ALL, first(4), STATUS).next()).isEmpty();
    assertThat(NamePage.of(ALL, page(2, "zzz"), STATUS))
        .isEqualTo(new NamePage(List.of(), Optional.empty(), STATUS));
  }

  @Test
  void followingThePagesGivesEveryNameOnce() {
    List<String> names = new ArrayList<>();
    Optional<Page> next = Optional.of(first(1));
    while (next.isPresent()) {
      NamePage page = NamePage.of(ALL, next.get(), STATUS);
      names.addAll(page.names());
      next = page.next();
    }

    assertThat(names).isEqualTo(ALL);
  }
}
