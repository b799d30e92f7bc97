package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.json;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of tags (end-8a, end-8b) and of repositories. */
class TagListTest {

  private static final String LIST = "GET /v2/" + ALPINE + "/tags/list";

  private final TestCache test;

  TagListTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private static Page page(int count, String last) {
    return new Page(OptionalInt.of(count), Optional.of(last));
  }

  private void cache(RepositoryName repository, String... tags) {
    for (String tag : tags) {
      test.registry.tag(
          repository.value(), tag, MediaType.OCI_MANIFEST, Samples.manifest(repository + tag));
      Await.value(test.cache.manifest(repository, new Tag(tag)));
      test.driver.await(() -> test.store.tag(repository, new Tag(tag)).isPresent());
    }
  }

  @Test
  void theListIsTheUpstreamsWhateverIsCached() {
    cache(ALPINE, "withdrawn");
    test.registry.answer(LIST, request -> json("{\"name\":\"x\",\"tags\":[\"3.19\",\"latest\"]}"));

    assertPage(test.cache.tags(ALPINE, Page.FIRST), List.of("3.19", "latest"), Optional.empty());
  }

  @Test
  void pagesAreTheUpstreamsToo() {
    test.registry.answer(
        LIST + "?n=2&last=3.18",
        request ->
            json("{\"name\":\"x\",\"tags\":[\"3.19\",\"3.20\"]}")
                .newBuilder()
                .setHeader("Link", "</v2/" + ALPINE + "/tags/list?n=2&last=3.20>; rel=\"next\"")
                .build());

    assertPage(
        test.cache.tags(ALPINE, page(2, "3.18")),
        List.of("3.19", "3.20"),
        Optional.of(page(2, "3.20")));
  }

  @Test
  void withoutTheUpstreamTheListIsWhatIsCachedInPages() {
    cache(ALPINE, "latest", "3.20", "3.19");
    test.registry.answer(LIST + "?n=2&last=3.19", request -> status(503));

    assertPage(
        test.cache.tags(ALPINE, page(2, "3.19")), List.of("3.20", "latest"), Optional.empty());

    test.registry.goDown();
    assertThat(Await.value(test.cache.tags(ALPINE, Page.FIRST)).names())
        .containsExactly("3.19", "3.20", "latest");
    assertPage(
        test.cache.tags(ALPINE, page(1, "3.19")), List.of("3.20"), Optional.of(page(1, "3.20")));
  }

  @Test
  void aSilentUpstreamDelaysTheCachedListForALimitedTime(@TempDir Path spool) throws IOException {
    cache(ALPINE, "b", "a");
    Gate silence = test.registry.gate();
    test.registry.answer(
        LIST,
        request -> {
          silence.pass();
          return json("{\"name\":\"x\",\"tags\":[\"c\"]}");
        });
    try (PullThroughCache impatient =
        PullThroughCache.builder()
            .upstream(test.registry.connect())
            .storage(test.driver)
            .spoolDirectory(spool)
            .freshness(new FreshnessPolicy(Duration.ZERO, Duration.ofMillis(20)))
            .build()) {
      NamePage list = Await.value(impatient.tags(ALPINE, Page.FIRST));

      assertThat(list.names()).containsExactly("a", "b");
      assertThat(list.status())
          .isInstanceOfSatisfying(
              CacheStatus.Stale.class,
              stale -> assertThat(stale.reason()).contains("takes too long"));
      silence.open();
    }
  }

  @Test
  void aRefusalIsPassedOnAlthoughTagsAreCached() {
    cache(ALPINE, "latest");
    test.registry.answer(LIST, request -> status(401));
    assertThat(Await.failure(test.cache.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.DENIED);

    test.registry.answer(LIST, request -> status(404));
    assertThat(Await.failure(test.cache.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.NAME_UNKNOWN);
  }

  @Test
  void withoutCachedTagsTheFailureIsPassedOn() {
    test.registry.answer(LIST, request -> status(500));

    assertThat(Await.failure(test.cache.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void repositoriesAreThoseWithCachedContent() throws IOException {
    assertThat(Await.value(test.cache.repositories(Page.FIRST)).names()).isEmpty();
    cache(DEBIAN, "latest");
    cache(ALPINE, "latest");

    assertThat(Await.value(test.cache.repositories(Page.FIRST)).names())
        .containsExactly(ALPINE.value(), DEBIAN.value());
    assertPage(
        test.cache.repositories(new Page(OptionalInt.of(1), Optional.empty())),
        List.of(ALPINE.value()),
        Optional.of(page(1, ALPINE.value())));
  }

  @Test
  void noPageOfTheCatalogIsMadeForClientsThatHaveLeft() throws IOException {
    cache(ALPINE, "latest");
    Gate storage = new Gate();
    AtomicBoolean waiting = new AtomicBoolean(true);
    AtomicInteger walks = new AtomicInteger();
    test.driver.beforeLists(
        prefix -> {
          if (prefix.endsWith("repositories")) {
            walks.incrementAndGet();
            storage.pass();
          }
        });

    CompletionStage<NamePage> first = test.cache.repositories(Page.FIRST);
    storage.awaitArrival();
    CompletionStage<NamePage> dropped =
        test.cache.repositories(page(1, "a"), requester(waiting::get));
    CompletionStage<NamePage> last = test.cache.repositories(page(1, "b"));
    waiting.set(false);
    storage.open();

    assertThat(Await.failure(dropped).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(Await.value(first).names()).containsExactly(ALPINE.value());
    assertThat(Await.value(last).names()).containsExactly(ALPINE.value());
    assertThat(walks).hasValue(2);
  }

  @Test
  void pagesOfTheCatalogThatWaitAreLimited() throws IOException {
    Gate storage = new Gate();
    test.driver.beforeLists(prefix -> storage.pass());
    List<CompletionStage<NamePage>> pages = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      pages.add(test.cache.repositories(page(1, "a" + i)));
    }

    assertThat(Await.failure(test.cache.repositories(page(1, "one-more"))))
        .hasMessageContaining("Too many requests for the catalog")
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE));

    storage.open();
    pages.forEach(Await::value);
  }

  private static Requester requester(BooleanSupplier waiting) {
    return new Requester() {
      @Override
      public String client() {
        return "10.0.0.1";
      }

      @Override
      public boolean isWaiting() {
        return waiting.getAsBoolean();
      }
    };
  }

  private static void assertPage(
      CompletionStage<NamePage> asked, List<String> names, Optional<Page> next) {
    NamePage page = Await.value(asked);
    assertThat(page.names()).isEqualTo(names);
    assertThat(page.next()).isEqualTo(next);
  }
}
