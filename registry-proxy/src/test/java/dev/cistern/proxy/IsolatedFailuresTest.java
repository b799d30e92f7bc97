package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
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
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.KeptPort;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("7. One request's failure is never taken for another's")
class IsolatedFailuresTest {

  private static final String NAME = ALPINE.value();

  private final TestCache test;

  IsolatedFailuresTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private void pullSixteenImages() throws IOException {
    for (int i = 0; i < 16; i++) {
      RepositoryName image = new RepositoryName("image-" + i);
      byte[] manifest = Samples.manifest("image " + i);
      byte[] layer = Samples.bytes(100 + i);
      Digest digest = test.registry.tag(image.value(), "latest", MediaType.OCI_MANIFEST, manifest);
      Digest blob = test.registry.blob(image.value(), layer);

      assertThat(Await.value(test.cache.manifest(image, LATEST)).digest()).isEqualTo(digest);
      assertThat(test.pull(image, blob)).isEqualTo(layer);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503})
  void aBlobThatAlwaysFailsFailsNoImage(int status) throws IOException {
    Digest broken = Digest.sha256(Samples.bytes(7));
    test.registry.answer(getBlob(NAME, broken), request -> status(status));
    for (int i = 0; i < 10; i++) {
      assertThat(Await.failure(test.cache.blob(ALPINE, broken)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
    }

    pullSixteenImages();
  }

  @Test
  void aDeadTargetOfRedirectsFailsNoManifestAndNoOtherBlob() throws IOException {
    try (KeptPort dead = KeptPort.open()) {
      for (int i = 0; i < 10; i++) {
        Digest blob = Digest.sha256(Samples.bytes(1_000 + i));
        test.registry.answer(
            getBlob(NAME, blob),
            request ->
                new MockResponse.Builder()
                    .code(307)
                    .setHeader("Location", "http://" + dead.address() + "/data")
                    .build());
        assertThat(Await.failure(test.cache.blob(ALPINE, blob)))
            .hasMessageContaining("after a redirect to " + dead.address());
      }
    }

    pullSixteenImages();
  }

  @Test
  void aLimitOfManifestsStopsNeitherChecksNorBlobs() throws IOException {
    Digest digest =
        test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("cached"));
    Await.value(test.cache.manifest(ALPINE, LATEST));
    byte[] layer = Samples.bytes(50);
    Digest blob = test.registry.blob(NAME, layer);
    Digest limited = Digest.sha256(Samples.manifest("limited"));
    test.registry.answer(getManifest(DEBIAN.value(), limited), request -> status(429));
    assertThat(Await.failure(test.cache.manifest(DEBIAN, limited)).code())
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);

    assertThat(test.pull(ALPINE, blob)).isEqualTo(layer);
    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)))
        .satisfies(manifest -> assertThat(manifest.digest()).isEqualTo(digest))
        .satisfies(
            manifest -> assertThat(manifest.status()).isInstanceOf(CacheStatus.Confirmed.class));
    assertThat(Await.failure(test.cache.manifest(ALPINE, limited)).code())
        .as("another manifest")
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);
  }

  @Test
  void aUnixTimeInRetryAfterIsNotATimeToWait() throws IOException {
    Digest limited = Digest.sha256(Samples.manifest("limited"));
    test.registry.answer(
        getManifest(NAME, limited),
        request -> status(429).newBuilder().setHeader("Retry-After", "1764201600").build());

    assertThat(Await.failure(test.cache.manifest(ALPINE, limited)).retryAfter())
        .hasValue(Duration.ofSeconds(1));

    test.clock.advance(Duration.ofSeconds(1));
    pullSixteenImages();
  }

  @Test
  void aRefusalNamesWhatTheClientRequested() {
    for (int i = 0; i < 3; i++) {
      RepositoryName secret = new RepositoryName("secret-" + i);
      test.registry.answer(headManifest(secret.value(), LATEST), request -> status(503));
      Await.failure(test.cache.manifest(secret, LATEST));
    }

    RegistryException failure = Await.failure(test.cache.manifest(ALPINE, LATEST));

    assertThat(failure)
        .hasMessageStartingWith("Cannot get manifest " + ALPINE + ":latest ")
        .hasMessageContaining("it is failing (last error: it answered 503)");
    assertThat(failure.getMessage()).doesNotContain("secret");
  }

  @Test
  void theFailureOfAManifestIsThatOfTheTagThatTheClientRequested() {
    Digest digest =
        test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("broken"));
    test.registry.answer(getManifest(NAME, digest), request -> status(500));

    assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)))
        .hasMessageStartingWith("Cannot get manifest " + ALPINE + ":latest ");
  }

  @Test
  void anAnswerThatCannotBeReadIsAnsweredFromTheCache() {
    byte[] manifest = Samples.manifest("cached");
    Digest digest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, manifest);
    Await.value(test.cache.manifest(ALPINE, LATEST));
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
    test.registry.answer(headManifest(NAME, LATEST), request -> status(405));
    test.registry.answer(
        getManifest(NAME, LATEST),
        request ->
            body(manifest)
                .newBuilder()
                .setHeader("Content-Type", MediaType.OCI_MANIFEST.value())
                .setHeader("Content-Length", -5)
                .build());

    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)))
        .satisfies(stale -> assertThat(stale.digest()).isEqualTo(digest))
        .satisfies(stale -> assertThat(stale.status()).isInstanceOf(CacheStatus.Stale.class));
  }

  @Test
  void aTagIsStaleWhenTheTokenServiceHasAnImpossiblePort() {
    Digest digest =
        test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("cached"));
    Await.value(test.cache.manifest(ALPINE, LATEST));
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
    MockResponse challenge =
        status(401)
            .newBuilder()
            .setHeader("WWW-Authenticate", "Bearer realm=\"https://auth.example.com:99999/token\"")
            .build();
    test.registry.answer(headManifest(NAME, LATEST), request -> challenge);
    test.registry.answer(getManifest(NAME, LATEST), request -> challenge);

    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)))
        .satisfies(stale -> assertThat(stale.digest()).isEqualTo(digest))
        .satisfies(stale -> assertThat(stale.status()).isInstanceOf(CacheStatus.Stale.class));
    assertThat(Await.failure(test.cache.manifest(DEBIAN, LATEST)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }
}
