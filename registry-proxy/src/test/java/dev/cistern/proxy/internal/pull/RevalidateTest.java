package dev.cistern.proxy.internal.pull;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.FreshnessPolicy;
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
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tags that are answered at once and checked meanwhile: fresh for 5 minutes, then 60 more. */
class RevalidateTest {

  private static final String NAME = ALPINE.value();
  private static final String HEAD = FakeRegistry.headManifest(NAME, LATEST);
  private static final Duration FRESHNESS = Duration.ofMinutes(5);
  private static final Duration REVALIDATE = Duration.ofHours(1);

  @TempDir Path spool;

  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private PullThroughCache cache;
  private Digest first;

  @BeforeEach
  void cacheTag() throws IOException {
    cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(driver)
            .spoolDirectory(spool)
            .clock(clock)
            .negativeTtl(Duration.ZERO)
            .freshness(
                new FreshnessPolicy(FRESHNESS, Duration.ofHours(1)).withRevalidate(REVALIDATE))
            .build();
    first = tag("first");
    pull();
    driver.await(() -> store.tag(ALPINE, LATEST).equals(Optional.of(first)));
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  private Digest tag(String note) {
    return registry.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, Samples.manifest(note));
  }

  private ManifestContent pull() {
    return Await.value(cache.manifest(ALPINE, LATEST));
  }

  /** HEAD waits at the gate, and then has this status. */
  private Gate holdHead(int status) {
    Gate gate = registry.gate();
    registry.answer(
        HEAD,
        request -> {
          gate.pass();
          return FakeRegistry.status(status);
        });
    return gate;
  }

  private static CacheStatus hit(Duration ttl) {
    return new CacheStatus.Hit(Optional.of(ttl));
  }

  @Test
  void clientsAreAnsweredAtOnceWhileOneCheckHangs() {
    Gate gate = holdHead(500);
    clock.advance(FRESHNESS.plusSeconds(5));

    ManifestContent answer = pull();

    assertThat(answer.digest()).isEqualTo(first);
    assertThat(answer.status()).isEqualTo(hit(Duration.ofSeconds(-5)));
    gate.awaitArrival();
    for (int client = 0; client < 20; client++) {
      assertThat(pull().status()).isEqualTo(hit(Duration.ofSeconds(-5)));
    }
    assertThat(registry.count(HEAD)).isEqualTo(2);
    gate.open();
  }

  @Test
  void headIsAnsweredAtOnceToo() {
    Gate gate = holdHead(500);
    clock.advance(FRESHNESS);

    assertThat(Await.value(cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(first);

    gate.awaitArrival();
    gate.open();
  }

  @Test
  void theCheckIsSeenByTheNextPull() {
    clock.advance(FRESHNESS);
    Digest second = tag("second");
    Gate gate = holdHead(405);
    assertThat(pull().digest()).isEqualTo(first);
    gate.open();

    driver.await(() -> store.tag(ALPINE, LATEST).equals(Optional.of(second)));

    assertThat(pull().digest()).isEqualTo(second);
    assertThat(pull().status()).isEqualTo(hit(FRESHNESS));
    assertThat(registry.count(HEAD)).isEqualTo(2);
  }

  @Test
  void aTagThatIsStillTheSameIsFreshAgain() {
    clock.advance(FRESHNESS.plusMinutes(1));
    pull();

    pullUntil(hit(FRESHNESS));

    assertThat(registry.count(HEAD)).isEqualTo(2);
  }

  @Test
  void aCheckThatFailsLeavesTheAnswer() {
    Gate gate = holdHead(404);
    // A registry that refuses HEAD may still answer GET.
    registry.answer(FakeRegistry.getManifest(NAME, LATEST), request -> FakeRegistry.status(404));
    clock.advance(FRESHNESS);
    pull();
    gate.awaitArrival();
    gate.open();

    // Another check starts only after this one has ended.
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (registry.count(HEAD) < 3) {
      ManifestContent answer = pull();
      assertThat(answer.digest()).isEqualTo(first);
      assertThat(answer.status()).isEqualTo(hit(Duration.ZERO));
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(pull().digest()).isEqualTo(first);
  }

  @Test
  void afterThatTimeRequestsWaitForTheUpstreamAsBefore() {
    clock.advance(FRESHNESS.plus(REVALIDATE));
    Digest second = tag("second");
    Gate gate = holdHead(405);

    CompletionStage<ManifestContent> waiting = cache.manifest(ALPINE, LATEST);
    gate.awaitArrival();
    assertThat(waiting.toCompletableFuture()).isNotDone();
    gate.open();

    assertThat(Await.value(waiting).digest()).isEqualTo(second);
  }

  @Test
  void afterARestartTheFirstRequestWaits() throws IOException {
    cache.close();
    cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(driver)
            .spoolDirectory(spool)
            .clock(clock)
            .freshness(
                new FreshnessPolicy(FRESHNESS, Duration.ofHours(1)).withRevalidate(REVALIDATE))
            .build();
    clock.advance(FRESHNESS);
    Digest second = tag("second");

    assertThat(pull().digest()).isEqualTo(second);
  }

  private void pullUntil(CacheStatus wanted) {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (!pull().status().equals(wanted)) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
