package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.RecordedEvents;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Every answer says how the cache came to it, and a listener is told of everything")
class CacheEventsTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] MANIFEST = Samples.manifest("first");
  private static final byte[] LAYER = Samples.bytes(300_000);

  private final FakeRegistry registry = FakeRegistry.start();
  private final RecordedEvents events = new RecordedEvents();
  private final ScriptedDriver driver = new ScriptedDriver(new ManualClock());
  private final ContentStore store = new ContentStore(driver);
  private final PullThroughCache cache;

  CacheEventsTest(@TempDir Path spool) {
    cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(registry.url()).build())
            .storage(driver)
            .spoolDirectory(spool)
            .listener(events)
            .build();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  private CacheStatus pull(Digest digest) throws IOException {
    try (BlobContent content = Await.value(cache.blob(ALPINE, digest))) {
      assertThat(Reading.all(content)).isEqualTo(LAYER);
      return content.status();
    }
  }

  private void awaitStored(Digest digest) {
    driver.await(
        () -> {
          Optional<StoredBlob> blob = store.blob(ALPINE, digest);
          if (blob.isPresent()) {
            blob.get().close();
          }
          return blob.isPresent();
        });
  }

  private static CacheStatus.Miss miss(CacheStatus status) {
    return (CacheStatus.Miss) status;
  }

  @Test
  void aColdBlobIsAMissThatIsStoredAndAWarmOneAHit() throws IOException {
    Digest digest = registry.blob(NAME, LAYER);

    CacheStatus.Miss cold = miss(pull(digest));
    assertThat(cold.traits()).containsExactly(Trait.STORED);
    assertThat(cold.asked().status()).hasValue(200);
    assertThat(registry.url()).endsWith(cold.asked().upstream());
    awaitStored(digest);
    assertThat(pull(digest)).isEqualTo(CacheStatus.Hit.BY_DIGEST);

    events.await("fetchCompleted 300000");
    assertThat(events.list())
        .containsSubsequence("fetchStarted", "upstreamAnswered BLOB", "bodyReceived BLOB 300000")
        .containsSubsequence("fetchStarted", "fetchCompleted 300000")
        .containsSubsequence("requestAnswered BLOB Miss", "requestAnswered BLOB Hit");
  }

  @Test
  void aRequestThatJoinsAFetchIsCollapsed() throws IOException {
    Gate gate = registry.gate();
    Digest digest = registry.blob(NAME, LAYER, Map.of(100_000, gate));
    CompletionStage<BlobContent> first = cache.blob(ALPINE, digest);
    gate.awaitArrival();
    try (BlobContent leader = Await.value(first);
        BlobContent follower = Await.value(cache.blob(ALPINE, digest))) {
      assertThat(miss(leader.status()).is(Trait.COLLAPSED)).isFalse();
      assertThat(miss(follower.status()).is(Trait.COLLAPSED)).isTrue();
      gate.open();
      assertThat(Reading.all(follower)).isEqualTo(LAYER);
    }
    assertThat(events.list()).containsOnlyOnce("fetchStarted").containsOnlyOnce("fetchJoined");
  }

  @Test
  void aTagIsAMissThenConfirmedThenStaleWithTheUpstreamsStatus() {
    registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, MANIFEST);
    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).status())
        .isInstanceOf(CacheStatus.Miss.class);
    driver.await(() -> store.tag(ALPINE, LATEST).isPresent());
    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).status())
        .isInstanceOf(CacheStatus.Confirmed.class);

    registry.answer(headManifest(NAME, LATEST), request -> status(503));
    ManifestContent stale = Await.value(cache.manifest(ALPINE, LATEST));
    assertThat(stale.status())
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class, answer -> assertThat(answer.asked().status()).hasValue(503));
    assertThat(events.list())
        .contains("upstreamFailed MANIFEST_HEAD SERVER_ERROR", "requestAnswered MANIFEST Stale");
  }

  @Test
  void aBlobOfAnotherRepositoryIsConfirmedByItsOwnUpstream() throws IOException {
    Digest digest = registry.blob(NAME, LAYER);
    registry.blob(DEBIAN.value(), LAYER);
    pull(digest);
    awaitStored(digest);

    try (BlobContent content = Await.value(cache.blob(DEBIAN, digest))) {
      assertThat(content.status()).isInstanceOf(CacheStatus.Confirmed.class);
    }
  }

  @Test
  void theSizeOfAColdBlobIsAMissThatIsNotStored() {
    Digest digest = registry.blob(NAME, LAYER);

    BlobInfo info = Await.value(cache.blobInfo(ALPINE, digest));

    assertThat(miss(info.status()).traits()).isEmpty();
  }

  @Test
  void theSizeOfABlobThatIsBeingPublishedIsAHit() throws IOException {
    Gate storage = registry.gate();
    driver.beforeWrites(key -> storage.pass());
    Digest digest = registry.blob(NAME, LAYER);
    pull(digest);

    BlobInfo info = Await.value(cache.blobInfo(ALPINE, digest));

    assertThat(info.size()).hasValue(LAYER.length);
    assertThat(info.status()).isEqualTo(CacheStatus.Hit.BY_DIGEST);
    assertThat(registry.count(headBlob(NAME, digest))).isZero();
    storage.open();
  }

  @Test
  void aRefusalSaysWhichUpstreamRefusedAndHow() {
    registry.answer(getManifest(NAME, LATEST), request -> status(403));
    registry.answer(headManifest(NAME, LATEST), request -> status(403));

    RegistryException refused = Await.failure(cache.manifest(ALPINE, LATEST));

    assertThat(refused.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(refused)
        .isInstanceOfSatisfying(
            UpstreamException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(UpstreamException.Kind.REFUSED);
              assertThat(failure.status()).hasValue(403);
              assertThat(failure.time()).isPositive();
            });
    assertThat(events.list())
        .contains("upstreamFailed MANIFEST_HEAD REFUSED", "requestFailed MANIFEST DENIED");
  }

  @Test
  void aFailureNeverNamesWhatAnotherClientRequested() throws IOException {
    Digest digest = Digest.sha256(LAYER);
    Gate gate = registry.gate();
    registry.answer(
        getBlob(NAME, digest),
        request -> {
          gate.pass();
          return status(500);
        });
    registry.answer(headBlob(DEBIAN.value(), digest), request -> status(200));
    registry.answer(getBlob(DEBIAN.value(), digest), request -> status(500));
    CompletionStage<BlobContent> alpines = cache.blob(ALPINE, digest);
    gate.awaitArrival();
    CompletionStage<BlobContent> debians = cache.blob(DEBIAN, digest);
    gate.open();

    assertThat(Await.failure(alpines)).hasMessageContaining(NAME);
    assertThat(Await.failure(debians))
        .hasMessageContaining(DEBIAN.value())
        .hasMessageNotContaining(NAME);
  }

  @Test
  void whatAFailingUpstreamLastRefusedIsNotNamedToOthers() {
    for (int i = 0; i < 5; i++) {
      RepositoryName other = new RepositoryName(NAME + i);
      registry.answer(headManifest(other.value(), LATEST), request -> status(503));
      Await.failure(cache.manifest(other, LATEST));
    }

    assertThat(Await.failure(cache.manifest(DEBIAN, LATEST)))
        .hasMessageContaining(DEBIAN + ":latest")
        .hasMessageContaining("it is failing (last error: it answered 503); next attempt")
        .hasMessageNotContaining(NAME);
    events.await("upstreamDown it answered 503");
  }

  @Test
  void useAfterCloseSaysThatTheCacheIsClosed() throws IOException {
    cache.close();

    assertThat(Await.failure(cache.manifest(ALPINE, Digest.sha256(MANIFEST))))
        .hasMessage("The cache is closed");
    assertThat(Await.failure(cache.blob(ALPINE, Digest.sha256(LAYER))))
        .hasMessage("The cache is closed");
    assertThat(Await.failure(cache.manifest(ALPINE, LATEST))).hasMessage("The cache is closed");
  }

  @Test
  void threadsAreNamedAfterTheirCache(@TempDir Path spool) throws IOException {
    try (PullThroughCache named =
        PullThroughCache.builder()
            .name("hub-cache")
            .upstream(UpstreamConfig.builder(registry.url()).build())
            .storage(new ScriptedDriver(new ManualClock()))
            .spoolDirectory(spool)
            .build()) {
      Await.failure(named.manifest(ALPINE, LATEST));
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .contains("hub-cache-request-1");
    }
  }

  @Test
  void aFailingListenerAffectsNeitherPullsNorOtherListeners(@TempDir Path spool)
      throws IOException {
    RecordedEvents second = new RecordedEvents();
    Digest digest = registry.blob(NAME, LAYER);
    try (PullThroughCache careless =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(registry.url()).build())
            .storage(new ScriptedDriver(new ManualClock()))
            .spoolDirectory(spool)
            .listener(RecordedEvents.throwing())
            .listener(second)
            .build()) {
      IntStream.range(0, 2).forEach(i -> Await.value(careless.blob(ALPINE, digest)).close());
      assertThat(second.list()).contains("requestAnswered BLOB Miss");
    }
  }
}
