package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import dev.cistern.storage.ObjectBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests by tag (end-3): the digest that the upstream answers, then its content. */
class TagPullTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] FIRST = Samples.manifest("first");
  private static final byte[] SECOND = Samples.manifest("second");

  private final TestCache test;

  TagPullTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private Digest tag(byte[] manifest) {
    return test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, manifest);
  }

  private ManifestContent pull() {
    return Await.value(test.cache.manifest(ALPINE, LATEST));
  }

  private void awaitTag(Digest digest) {
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).equals(Optional.of(digest)));
  }

  @Test
  void aTagIsCheckedAtEachPullAndItsContentFetchedOnce() {
    Digest digest = tag(FIRST);

    for (int i = 0; i < 3; i++) {
      ManifestContent pulled = pull();
      assertThat(pulled.digest()).isEqualTo(digest);
      assertThat(pulled.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
      assertThat(pulled.body()).isEqualTo(ByteBuffer.wrap(FIRST));
      assertThat(pulled.status())
          .isInstanceOf(i == 0 ? CacheStatus.Miss.class : CacheStatus.Confirmed.class);
    }

    assertThat(test.registry.requests())
        .containsExactly(
            headManifest(NAME, LATEST),
            getManifest(NAME, digest),
            headManifest(NAME, LATEST),
            headManifest(NAME, LATEST));
  }

  @Test
  void concurrentChecksAreShared() {
    Digest digest = tag(FIRST);
    pull();
    Gate gate = test.registry.gate();
    test.registry.answer(
        headManifest(NAME, LATEST),
        request -> {
          gate.pass();
          return status(200)
              .newBuilder()
              .setHeader("Docker-Content-Digest", digest)
              .setHeader("Content-Length", FIRST.length)
              .build();
        });
    List<CompletionStage<ManifestContent>> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      waiting.add(test.cache.manifest(ALPINE, LATEST));
    }
    gate.open();

    assertThat(waiting)
        .allSatisfy(stage -> assertThat(Await.value(stage).digest()).isEqualTo(digest));
    // The one before them and theirs.
    assertThat(test.registry.count(headManifest(NAME, LATEST))).isEqualTo(2);
  }

  @Test
  void aMovedTagAnswersItsNewContent() {
    Digest first = tag(FIRST);
    assertThat(pull().digest()).isEqualTo(first);
    Digest second = tag(SECOND);

    assertThat(pull().digest()).isEqualTo(second);
    awaitTag(second);
    assertThat(test.registry.count(getManifest(NAME, first))).isEqualTo(1);
    assertThat(test.registry.count(getManifest(NAME, second))).isEqualTo(1);
  }

  @Test
  void anUpstreamThatRefusesHeadIsAskedByGet() {
    Digest digest = tag(FIRST);
    test.registry.answer(headManifest(NAME, LATEST), request -> status(405));

    assertThat(pull().digest()).isEqualTo(digest);
    awaitTag(digest);

    assertThat(test.registry.count(getManifest(NAME, LATEST))).isEqualTo(1);
    assertThat(test.registry.count(getManifest(NAME, digest))).isZero();
  }

  @Test
  void anUpstreamWhoseHeadNamesNoDigestIsAskedByGet() {
    test.registry.answer(headManifest(NAME, LATEST), request -> status(200));
    test.registry.answer(
        getManifest(NAME, LATEST),
        request ->
            body(FIRST)
                .newBuilder()
                .setHeader("Content-Type", MediaType.OCI_MANIFEST.value())
                .build());

    assertThat(pull().digest()).isEqualTo(Digest.sha256(FIRST));
    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).digest())
        .isEqualTo(Digest.sha256(FIRST));
    awaitTag(Digest.sha256(FIRST));
  }

  @Test
  void aTagIsWrittenOnlyOnceItsManifestIsStored() throws IOException {
    Digest digest = tag(FIRST);
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(
        key -> {
          if (key.contains(digest.hex())) {
            storage.pass();
          }
        });
    pull();
    storage.awaitArrival();
    assertThat(test.store.tag(ALPINE, LATEST)).isEmpty();

    storage.open();
    awaitTag(digest);
    assertThat(test.store.manifest(ALPINE, digest)).isPresent();
  }

  @Test
  void headOfAColdTagFetchesNoManifest() throws IOException {
    Digest digest = tag(FIRST);

    ManifestInfo info = Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    assertThat(info.digest()).isEqualTo(digest);
    assertThat(info.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    assertThat(info.size()).isEqualTo(FIRST.length);
    assertThat(info.status()).isInstanceOf(CacheStatus.Miss.class);

    assertThat(test.registry.requests()).containsExactly(headManifest(NAME, LATEST));
    assertThat(test.store.holds(digest)).isFalse();
    assertThat(test.store.tag(ALPINE, LATEST)).isEmpty();
  }

  @Test
  void aTagThatWasOnlyLookedAtIsWrittenWhenItsManifestIsPulledByDigest() {
    Digest digest = tag(FIRST);
    Await.value(test.cache.manifestInfo(ALPINE, LATEST));

    Await.value(test.cache.manifest(ALPINE, digest));

    awaitTag(digest);
  }

  @Test
  void aTagThatMovedBackIsNotStoredWithTheDigestInBetween() throws IOException {
    Digest first = tag(FIRST);
    pull();
    awaitTag(first);
    Digest second = tag(SECOND);
    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(second);
    tag(FIRST);
    assertThat(pull().digest()).isEqualTo(first);

    Await.value(test.cache.manifest(ALPINE, second));
    test.cache.close();

    assertThat(test.store.manifest(ALPINE, second)).isPresent();
    assertThat(test.store.tag(ALPINE, LATEST)).contains(first);
  }

  @Test
  void twoTagsOfOneManifestAreBothWritten() {
    Digest digest = tag(FIRST);
    test.registry.tag(NAME, "3", MediaType.OCI_MANIFEST, FIRST);
    Tag three = new Tag("3");
    Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    Await.value(test.cache.manifestInfo(ALPINE, three));

    Await.value(test.cache.manifest(ALPINE, digest));

    awaitTag(digest);
    test.driver.await(() -> test.store.tag(ALPINE, three).equals(Optional.of(digest)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
      })
  void aDamagedLinkIsWrittenAgainWhenItIsRead(String damage) throws IOException {
    Digest digest = tag(FIRST);
    pull();
    awaitTag(digest);
    test.driver.put(
        "docker/registry/v2/repositories/" + NAME + "/_manifests/tags/latest/current/link",
        ObjectBody.of(damage.getBytes(StandardCharsets.US_ASCII)));
    test.registry.answer(headManifest(NAME, LATEST), request -> status(503));

    ManifestContent stale = pull();

    assertThat(stale.status()).isInstanceOf(CacheStatus.Stale.class);
    assertThat(stale.body()).isEqualTo(ByteBuffer.wrap(FIRST));
    awaitTag(digest);
  }
}
