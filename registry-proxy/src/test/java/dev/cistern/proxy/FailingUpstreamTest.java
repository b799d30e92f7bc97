package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("6. A failing upstream never fails a client that the cache can serve")
class FailingUpstreamTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] MANIFEST = Samples.manifest("failing upstream");
  private static final byte[] NEWER = Samples.manifest("newer");

  private final TestCache test;
  private final Digest digest;

  FailingUpstreamTest(@TempDir Path spool) {
    test = TestCache.over(spool);
    digest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, MANIFEST);
    Await.value(test.cache.manifest(ALPINE, LATEST));
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private void assertStale(Duration age) {
    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(manifest.digest()).isEqualTo(digest);
    assertThat(manifest.body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertStale(manifest.status(), age);

    ManifestInfo info = Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    assertThat(info.digest()).isEqualTo(digest);
    assertThat(info.size()).isEqualTo(MANIFEST.length);
    assertStale(info.status(), age);
  }

  private static void assertStale(CacheStatus status, Duration age) {
    assertThat(status)
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class,
            stale -> {
              assertThat(stale.age()).isEqualTo(age);
              assertThat(stale.reason()).contains("127.0.0.1");
            });
  }

  @Test
  void aTagIsStaleWhenTheUpstreamIsUnreachable() {
    test.clock.advance(Duration.ofMinutes(7));
    test.registry.goDown();

    assertStale(Duration.ofMinutes(7));
  }

  @Test
  void aTagIsStaleBeforeStorageHasIt() {
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(key -> storage.pass());
    Tag second = new Tag("second");
    Digest named = test.registry.tag(NAME, "second", MediaType.OCI_MANIFEST, NEWER);
    Await.value(test.cache.manifest(ALPINE, second));
    storage.awaitArrival();
    test.registry.goDown();

    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, second));
    assertThat(manifest.digest()).isEqualTo(named);
    assertStale(manifest.status(), Duration.ZERO);
    storage.open();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void aTagIsStaleWhenTheUpstreamFails(int status) {
    test.registry.answer(headManifest(NAME, LATEST), request -> status(status));
    test.registry.answer(getManifest(NAME, LATEST), request -> status(status));

    assertStale(Duration.ZERO);
  }

  @Test
  void aClientThatHasClosedItsEndGetsTheStaleAnswerToo() {
    Gate gate = test.registry.gate();
    AtomicBoolean waiting = new AtomicBoolean(true);
    Requester client =
        new Requester() {
          @Override
          public String client() {
            return "10.0.0.1";
          }

          @Override
          public boolean isWaiting() {
            return waiting.get();
          }
        };
    test.registry.answer(
        headManifest(NAME, LATEST),
        request -> {
          gate.pass();
          return status(500);
        });
    test.registry.answer(getManifest(NAME, LATEST), request -> status(500));
    CompletionStage<ManifestContent> answer = test.cache.manifest(ALPINE, LATEST, client);
    gate.awaitArrival();

    waiting.set(false);
    gate.open();

    assertStale(Await.value(answer).status(), Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500})
  void aTagThatMovedToAnUnavailableManifestIsStale(int status) {
    Digest newer = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, NEWER);
    test.registry.answer(getManifest(NAME, newer), request -> status(status));

    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(manifest.digest()).isEqualTo(digest);
    assertStale(manifest.status(), Duration.ZERO);
  }

  @Test
  void headOfATagThatMovedToAnUnavailableManifestAnswersTheNewDigest() {
    Digest newer = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, NEWER);
    test.registry.answer(getManifest(NAME, newer), request -> status(500));

    ManifestInfo info = Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    assertThat(info.digest()).isEqualTo(newer);
    assertThat(info.status()).isInstanceOf(CacheStatus.Miss.class);
  }

  @Test
  void answersAreFreshAgainWhenTheUpstreamIsBack() {
    test.registry.answer(headManifest(NAME, LATEST), request -> status(502));
    assertStale(Duration.ZERO);
    Digest newer = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, NEWER);

    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(manifest.digest()).isEqualTo(newer);
    assertThat(manifest.status()).isInstanceOf(CacheStatus.Miss.class);
  }

  @Test
  void staleAnswersSurviveARestart(@TempDir Path spool) throws IOException {
    test.registry.goDown();
    test.clock.advance(Duration.ofHours(2));
    try (PullThroughCache restarted =
        PullThroughCache.builder()
            .upstream(test.registry.connect())
            .storage(test.driver)
            .spoolDirectory(spool)
            .clock(test.clock)
            .build()) {
      ManifestContent manifest = Await.value(restarted.manifest(ALPINE, LATEST));
      assertThat(manifest.digest()).isEqualTo(digest);
      assertStale(manifest.status(), Duration.ofHours(2));
    }
  }

  @Test
  void contentIsServedByDigestWithoutTheUpstream() throws IOException {
    byte[] layer = Samples.bytes(100_000);
    Digest blob = test.registry.blob(NAME, layer);
    test.pull(ALPINE, blob);
    test.awaitStored(ALPINE, blob);
    test.registry.goDown();

    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, digest));
    assertThat(manifest.body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(manifest.status()).isEqualTo(CacheStatus.Hit.BY_DIGEST);
    assertThat(test.pull(ALPINE, blob)).isEqualTo(layer);
    assertThat(Await.value(test.cache.blobInfo(ALPINE, blob)).size()).hasValue(100_000);
  }

  @Test
  void tagsAreListedAsTheyAreCached() {
    test.registry.goDown();

    NamePage all = Await.value(test.cache.tags(ALPINE, Page.FIRST));
    assertThat(all.names()).containsExactly("latest");
    assertThat(all.next()).isEmpty();
    assertThat(all.status()).isInstanceOf(CacheStatus.Stale.class);
    NamePage rest =
        Await.value(test.cache.tags(ALPINE, new Page(OptionalInt.of(5), Optional.of("latest"))));
    assertThat(rest.names()).isEmpty();
    assertThat(rest.next()).isEmpty();
  }
}
