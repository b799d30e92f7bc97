package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cached tags that the upstream no longer gives out. */
class DeletedTagTest {

  private static final String NAME = ALPINE.value();
  private static final Digest DIGEST = Digest.sha256(Samples.manifest("gone"));

  @TempDir private Path spool;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private final List<PullThroughCache> opened = new ArrayList<>();

  private PullThroughCache cacheTag(DeletedTags policy) {
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(driver)
            .spoolDirectory(spool)
            .clock(clock)
            .deletedTags(policy)
            .build();
    opened.add(cache);
    registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("gone"));
    Await.value(cache.manifest(ALPINE, LATEST));
    driver.await(() -> store.tag(ALPINE, LATEST).isPresent());
    clock.advance(Duration.ofMinutes(3));
    return cache;
  }

  private void refuse(int status) {
    registry.answer(headManifest(NAME, LATEST), request -> status(status));
    registry.answer(getManifest(NAME, LATEST), request -> status(status));
    registry.answer(getManifest(NAME, DIGEST), request -> status(status));
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    for (PullThroughCache cache : opened) {
      cache.close();
    }
  }

  private void assertStale(CacheStatus status, int answered) {
    assertThat(status)
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class,
            stale -> {
              assertThat(stale.age()).isEqualTo(Duration.ofMinutes(3));
              assertThat(stale.asked().status()).hasValue(answered);
              assertThat(stale.reason()).contains("answered " + answered);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void areServedAndMarked(int answer) {
    PullThroughCache cache = cacheTag(DeletedTags.SERVE);
    refuse(answer);

    for (int i = 0; i < 2; i++) {
      ManifestContent manifest = Await.value(cache.manifest(ALPINE, LATEST));
      assertThat(manifest.digest()).isEqualTo(DIGEST);
      assertStale(manifest.status(), answer);
      assertStale(Await.value(cache.manifestInfo(ALPINE, LATEST)).status(), answer);
    }
  }

  @ParameterizedTest
  @CsvSource({"401, DENIED", "403, DENIED", "404, MANIFEST_UNKNOWN"})
  void areRefusedWhereTheOperatorWantsSo(int answer, ErrorCode code) {
    PullThroughCache cache = cacheTag(DeletedTags.REFUSE);
    refuse(answer);

    assertThat(Await.failure(cache.manifest(ALPINE, LATEST)).code()).isEqualTo(code);
    assertThat(Await.failure(cache.manifestInfo(ALPINE, LATEST)).code()).isEqualTo(code);
    // Content by digest does not depend on its tag.
    assertThat(Await.value(cache.manifest(ALPINE, DIGEST)).digest()).isEqualTo(DIGEST);
  }

  @Test
  void areServedByOtherFailuresUnderEachPolicy() {
    PullThroughCache cache = cacheTag(DeletedTags.REFUSE);
    refuse(503);

    assertStale(Await.value(cache.manifest(ALPINE, LATEST)).status(), 503);
  }

  @Test
  void areUpToDateAgainWhenTheUpstreamHasThemAgain() {
    PullThroughCache cache = cacheTag(DeletedTags.SERVE);
    refuse(404);
    Await.value(cache.manifest(ALPINE, LATEST));
    Digest newer = registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("again"));
    clock.advance(Duration.ofSeconds(11));

    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(newer);
  }

  @Test
  void anotherTagThatIsNotCachedIsAbsent() {
    PullThroughCache cache = cacheTag(DeletedTags.SERVE);

    assertThat(Await.failure(cache.manifest(ALPINE, new Tag("other"))).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }
}
