package dev.cistern.proxy.internal.pull;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.TagPattern;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long answers for tags are fresh, and how long the cache waits for new ones. */
class FreshnessTest {

  private static final String NAME = ALPINE.value();
  private static final String HEAD = FakeRegistry.headManifest(NAME, LATEST);

  @TempDir Path spool;

  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private Optional<PullThroughCache> opened = Optional.empty();

  @AfterEach
  void close() throws IOException {
    registry.close();
    if (opened.isPresent()) {
      opened.get().close();
    }
  }

  private PullThroughCache cache(Duration freshness, Duration staleAfter) {
    return cache(new FreshnessPolicy(freshness, staleAfter));
  }

  private PullThroughCache cache(FreshnessPolicy policy) {
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(driver)
            .spoolDirectory(spool)
            .clock(clock)
            .negativeTtl(Duration.ZERO)
            .freshness(policy)
            .build();
    opened = Optional.of(cache);
    return cache;
  }

  private Digest tag(String note) {
    return registry.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, Samples.manifest(note));
  }

  private static ManifestContent pull(PullThroughCache cache) {
    return Await.value(cache.manifest(ALPINE, LATEST));
  }

  private void cacheTag(PullThroughCache cache, Digest digest) {
    pull(cache);
    driver.await(() -> store.tag(ALPINE, LATEST).equals(Optional.of(digest)));
  }

  private Gate holdHead() {
    Gate gate = registry.gate();
    registry.answer(
        HEAD,
        request -> {
          gate.pass();
          return FakeRegistry.status(500);
        });
    return gate;
  }

  @Test
  void anAnswerIsFreshForAsLongAsThePolicySays() {
    PullThroughCache cache = cache(Duration.ofMinutes(5), Duration.ofHours(1));
    Digest first = tag("first");
    cacheTag(cache, first);
    Digest second = tag("second");

    clock.advance(Duration.ofMinutes(5).minusMillis(1));
    assertThat(pull(cache).digest()).isEqualTo(first);
    assertThat(pull(cache).status())
        .isEqualTo(new CacheStatus.Hit(Optional.of(Duration.ofMillis(1))));
    assertThat(registry.count(HEAD)).isEqualTo(1);

    clock.advance(Duration.ofMillis(1));
    assertThat(pull(cache).digest()).isEqualTo(second);
    assertThat(registry.count(HEAD)).isEqualTo(2);
  }

  @Test
  void aNewAnswerIsFreshFromThenOn() {
    PullThroughCache cache = cache(Duration.ofMinutes(5), Duration.ofHours(1));
    tag("first");
    pull(cache);
    clock.advance(Duration.ofMinutes(6));
    pull(cache);
    clock.advance(Duration.ofMinutes(4));

    pull(cache);

    assertThat(registry.count(HEAD)).isEqualTo(2);
  }

  @Test
  void aFailureDoesNotMakeAStaleAnswerFresh() {
    PullThroughCache cache = cache(Duration.ofMinutes(5), Duration.ofHours(1));
    cacheTag(cache, tag("first"));
    clock.advance(Duration.ofMinutes(7));
    registry.answer(HEAD, request -> FakeRegistry.status(503));

    assertThat(pull(cache).status())
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class,
            stale -> assertThat(stale.age()).isEqualTo(Duration.ofMinutes(7)));
  }

  @Test
  void upstreamThatTakesTooLongIsNotWaitedForWhereThereIsAnOlderAnswer() {
    PullThroughCache cache = cache(Duration.ZERO, Duration.ofMillis(50));
    Digest digest = tag("first");
    cacheTag(cache, digest);
    Gate gate = holdHead();
    clock.advance(Duration.ofSeconds(90));

    ManifestContent stale = pull(cache);

    assertThat(stale.digest()).isEqualTo(digest);
    assertThat(stale.status())
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class,
            status -> {
              assertThat(status.age()).isEqualTo(Duration.ofSeconds(90));
              assertThat(status.reason()).isEqualTo("the upstream takes too long to answer");
              assertThat(status.asked().status()).isEmpty();
            });
    gate.open();
  }

  @Test
  void upstreamIsWaitedForWhereThereIsNoOlderAnswer() {
    PullThroughCache cache = cache(Duration.ZERO, Duration.ofMillis(1));
    Digest digest = tag("first");
    Gate gate = registry.gate();
    registry.answer(
        HEAD,
        request -> {
          gate.pass();
          return FakeRegistry.status(405);
        });

    CompletionStage<ManifestContent> waiting = cache.manifest(ALPINE, LATEST);
    gate.awaitArrival();
    assertThat(waiting.toCompletableFuture()).isNotDone();
    gate.open();

    assertThat(Await.value(waiting).digest()).isEqualTo(digest);
    assertThat(Await.value(waiting).status()).isInstanceOf(CacheStatus.Miss.class);
  }

  @Test
  void thoseWhoAskWhileACheckIsOverdueShareItAndDoNotWait() {
    PullThroughCache cache = cache(Duration.ZERO, Duration.ofMillis(50));
    cacheTag(cache, tag("first"));
    Gate gate = holdHead();
    long before = registry.count(HEAD);
    pull(cache);

    List<CompletionStage<ManifestContent>> others =
        Stream.generate(() -> cache.manifest(ALPINE, LATEST)).limit(20).toList();

    others.forEach(
        other -> assertThat(Await.value(other).status()).isInstanceOf(CacheStatus.Stale.class));
    assertThat(registry.count(HEAD)).isEqualTo(before + 1);
    gate.open();
  }

  @Test
  void aLateAnswerIsUsed() {
    PullThroughCache cache = cache(Duration.ofHours(1), Duration.ofMillis(50));
    cacheTag(cache, tag("first"));
    clock.advance(Duration.ofHours(2));
    Digest second = tag("second");
    Gate gate = registry.gate();
    registry.answer(
        HEAD,
        request -> {
          gate.pass();
          return FakeRegistry.status(405);
        });
    assertThat(pull(cache).status()).isInstanceOf(CacheStatus.Stale.class);

    gate.open();

    driver.await(() -> store.tag(ALPINE, LATEST).equals(Optional.of(second)));
    assertThat(pull(cache).digest()).isEqualTo(second);
  }

  @Test
  void answerIsAsOldAsItsOwnConfirmation() {
    PullThroughCache cache = cache(Duration.ZERO, Duration.ofHours(1));
    Digest first = tag("first");
    cacheTag(cache, first);
    clock.advance(Duration.ofMinutes(10));
    Digest second = tag("second");
    registry.answer(FakeRegistry.getManifest(NAME, second), request -> FakeRegistry.status(500));

    ManifestContent stale = pull(cache);

    assertThat(stale.digest()).isEqualTo(first);
    assertThat(stale.status())
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class,
            freshness -> assertThat(freshness.age()).isEqualTo(Duration.ofMinutes(10)));
  }

  @Test
  void eachTagIsFreshByItsOwnRule() {
    PullThroughCache cache =
        cache(
            new FreshnessPolicy(Duration.ZERO, Duration.ofHours(1))
                .withRule(TagPattern.parse("v[0-9]*"), Duration.ofHours(24)));
    Tag version = new Tag("v1.2");
    registry.tag(NAME, version.value(), MediaType.OCI_MANIFEST, Samples.manifest("first"));
    tag("first");
    for (int pulls = 0; pulls < 2; pulls++) {
      pull(cache);
      Await.value(cache.manifest(ALPINE, version));
      clock.advance(Duration.ofHours(23));
    }

    assertThat(registry.count(HEAD)).isEqualTo(2);
    assertThat(registry.count(FakeRegistry.headManifest(NAME, version))).isEqualTo(1);

    clock.advance(Duration.ofHours(1));
    Await.value(cache.manifest(ALPINE, version));
    assertThat(registry.count(FakeRegistry.headManifest(NAME, version))).isEqualTo(2);
  }
}
