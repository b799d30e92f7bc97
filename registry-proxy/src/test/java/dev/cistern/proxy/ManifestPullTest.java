package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests by digest (end-3). */
class ManifestPullTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] MANIFEST = Samples.manifest("by digest");

  private final TestCache test;

  ManifestPullTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private ManifestContent pull(Digest digest) {
    return Await.value(test.cache.manifest(ALPINE, digest));
  }

  private void awaitStored(Digest digest) {
    test.driver.await(() -> test.store.manifest(ALPINE, digest).isPresent());
  }

  @Test
  void aStoredManifestNeedsNoUpstream() {
    Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);
    ManifestContent cold = pull(digest);
    awaitStored(digest);
    test.registry.goDown();

    assertThat(cold.body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(cold.status()).isInstanceOf(CacheStatus.Miss.class);
    ManifestContent warm =
        new ManifestContent(
            digest, MediaType.OCI_MANIFEST, ByteBuffer.wrap(MANIFEST), CacheStatus.Hit.BY_DIGEST);
    assertThat(pull(digest)).isEqualTo(warm);
    assertThat(Await.value(test.cache.manifestInfo(ALPINE, digest))).isEqualTo(warm.info());
    assertThat(test.registry.requests()).containsExactly(getManifest(NAME, digest));
  }

  @Test
  void simultaneousRequestsShareOneUpstreamRequest() {
    Digest digest = Digest.sha256(MANIFEST);
    Gate gate = test.registry.gate();
    test.registry.answer(
        getManifest(NAME, digest),
        request -> {
          gate.pass();
          return body(MANIFEST);
        });
    List<CompletionStage<ManifestContent>> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      waiting.add(test.cache.manifest(ALPINE, digest));
    }
    gate.open();

    assertThat(waiting)
        .allSatisfy(stage -> assertThat(Await.value(stage).digest()).isEqualTo(digest));
    assertThat(test.registry.requests()).containsExactly(getManifest(NAME, digest));
  }

  @Test
  void aFetchedManifestIsServedFromMemoryUntilItIsStored() {
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(key -> storage.pass());
    Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);
    pull(digest);
    storage.awaitArrival();

    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    storage.open();
    awaitStored(digest);
    pull(digest);
    assertThat(test.registry.requests()).containsExactly(getManifest(NAME, digest));
  }

  @Test
  void noRequestDuringThePublicationIsSentUpstreamAgain() {
    for (int round = 0; round < 50; round++) {
      Digest digest =
          test.registry.manifest(NAME, MediaType.OCI_MANIFEST, Samples.manifest("no " + round));
      pull(digest);
      for (int i = 0; i < 30; i++) {
        pull(digest);
      }
      assertThat(test.registry.count(getManifest(NAME, digest))).isEqualTo(1);
    }
  }

  @Test
  void aManifestWithOtherBytesIsRefusedAndNotKept() throws IOException {
    Digest digest = Digest.sha256(MANIFEST);
    test.registry.answer(
        getManifest(NAME, digest), request -> body(Samples.manifest("another one")));

    assertThat(Await.failure(test.cache.manifest(ALPINE, digest)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(test.store.holds(digest)).isFalse();

    test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);
    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
  }

  @Test
  void aManifestOfMoreThanFourMebibytesIsAccepted() {
    byte[] large = Samples.manifest("x".repeat(5 << 20));
    Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, large);

    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(large));
    awaitStored(digest);
    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(large));
    assertThat(test.registry.requests()).hasSize(1);
  }

  @Test
  void theUpstreamsMediaTypeIsKept() {
    byte[] body = "not JSON at all".getBytes(StandardCharsets.UTF_8);
    MediaType type = new MediaType("application/vnd.example.thing.v7+cbor");
    Digest digest = test.registry.manifest(NAME, type, body);

    assertThat(pull(digest).mediaType()).isEqualTo(type);
    awaitStored(digest);
    assertThat(pull(digest).mediaType()).isEqualTo(type);
    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(body));
  }

  @Test
  void aManifestNamedBySha512() {
    Digest digest = Digest.of(DigestAlgorithm.SHA512, MANIFEST);
    test.registry.answer(getManifest(NAME, digest), request -> body(MANIFEST));

    assertThat(pull(digest).digest()).isEqualTo(digest);
    awaitStored(digest);
    assertThat(pull(digest).body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
  }

  @Test
  void anotherRepositoryFetchesItItself() {
    Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);
    pull(digest);
    awaitStored(digest);

    assertThat(Await.failure(test.cache.manifest(DEBIAN, digest)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }

  @Test
  void aHeadRequestByDigestBringsTheManifestThatWillBeAskedFor() {
    Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);

    assertThat(Await.value(test.cache.manifestInfo(ALPINE, digest)).size())
        .isEqualTo(MANIFEST.length);
    pull(digest);

    assertThat(test.registry.count(getManifest(NAME, digest))).isEqualTo(1);
    assertThat(test.registry.count(headManifest(NAME, digest))).isZero();
  }
}
