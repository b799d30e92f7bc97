package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
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
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("7. HEAD is a hint: its answer decides nothing about a GET")
class HeadIsAHintTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final byte[] MANIFEST = Samples.manifest("hint");
  private static final MediaType TYPE = MediaType.OCI_MANIFEST;

  private final TestCache test;
  private final List<String> ranges = new CopyOnWriteArrayList<>();

  HeadIsAHintTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private void storeForAlpine() throws IOException {
    test.registry.blob(NAME, CONTENT);
    test.pull(ALPINE, DIGEST);
    test.awaitStored(ALPINE, DIGEST);
  }

  private MockResponse firstByte(RecordedRequest request) {
    ranges.add(String.valueOf(request.getHeaders().get("Range")));
    return body(Arrays.copyOf(CONTENT, 1))
        .newBuilder()
        .code(206)
        .setHeader("Content-Range", "bytes 0-0/" + CONTENT.length)
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 405, 410, 500, 501})
  void aStoredBlobIsGivenToARepositoryWhoseHeadIsRefused(int refusal) throws IOException {
    storeForAlpine();
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(refusal));
    test.registry.answer(getBlob(DEBIAN.value(), DIGEST), this::firstByte);

    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
    assertThat(ranges).containsExactly("bytes=0-0");
  }

  @Test
  void anUpstreamWithoutRangesShowsWhatItHasToo() throws IOException {
    storeForAlpine();
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(404));
    test.registry.answer(getBlob(DEBIAN.value(), DIGEST), request -> body(CONTENT));

    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
  }

  @Test
  void anUpstreamThatRefusesTheRangeIsAskedWithoutOne() throws IOException {
    storeForAlpine();
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(404));
    test.registry.answer(
        getBlob(DEBIAN.value(), DIGEST),
        request -> request.getHeaders().get("Range") == null ? body(CONTENT) : status(416));

    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
  }

  @Test
  void aLimitOfHeadRequestsKeepsNoStoredBlobFromARepositoryThatHasIt() throws IOException {
    storeForAlpine();
    byte[] other = Samples.bytes(400_000);
    Digest second = test.registry.blob(NAME, other);
    test.pull(ALPINE, second);
    test.awaitStored(ALPINE, second);
    test.registry.blob(DEBIAN.value(), CONTENT);
    test.registry.blob(DEBIAN.value(), other);
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(429));

    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
    assertThat(test.pull(DEBIAN, second)).as("while HEAD requests pause").isEqualTo(other);
    assertThat(test.registry.count(headBlob(DEBIAN.value(), second))).isZero();
  }

  @Test
  void aLimitOfBlobsIsTheAnswerToARepositoryThatHasNotShownItsBlob() throws IOException {
    storeForAlpine();
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(429));
    test.registry.answer(getBlob(DEBIAN.value(), DIGEST), request -> status(429));

    assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);
  }

  @Test
  void aRepositoryWithoutTheBlobGetsNothing() throws IOException {
    storeForAlpine();

    assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void aHeadOfABlobIsAnsweredFromItsFirstByte(int refusal) {
    test.registry.answer(headBlob(NAME, DIGEST), request -> status(refusal));
    test.registry.answer(getBlob(NAME, DIGEST), this::firstByte);

    assertThat(Await.value(test.cache.blobInfo(ALPINE, DIGEST)).size()).hasValue(CONTENT.length);
    assertThat(ranges).containsExactly("bytes=0-0");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void aGetAfterAFailedHeadIsNotRefused(int refusal) throws IOException {
    test.registry.answer(headBlob(NAME, DIGEST), request -> status(refusal));
    test.registry.answer(getBlob(NAME, DIGEST), request -> status(refusal));
    assertThat(Await.failure(test.cache.blobInfo(ALPINE, DIGEST)).code())
        .isIn(ErrorCode.DENIED, ErrorCode.BLOB_UNKNOWN);
    test.registry.answer(getBlob(NAME, DIGEST), request -> body(CONTENT));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 500})
  void aTagWhoseHeadIsRefusedIsPulledByGet(int refusal) {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.answer(headManifest(NAME, LATEST), request -> status(refusal));

    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(digest);
    ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(manifest.body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(manifest.status()).isInstanceOf(CacheStatus.Miss.class);
  }

  @Test
  void tagsWhoseHeadGets500AtTheSameTimeAreAllPulledByGet() {
    Gate gate = test.registry.gate();
    CountDownLatch arrived = new CountDownLatch(10);
    List<Tag> tags = IntStream.range(0, 10).mapToObj(i -> new Tag("v" + i)).toList();
    for (Tag tag : tags) {
      test.registry.tag(NAME, tag.value(), TYPE, MANIFEST);
      test.registry.answer(
          headManifest(NAME, tag),
          request -> {
            arrived.countDown();
            gate.pass();
            return status(500);
          });
    }
    List<CompletionStage<ManifestContent>> pulls =
        tags.stream().map(tag -> test.cache.manifest(ALPINE, tag)).toList();
    Await.latch(arrived);
    gate.open();

    for (CompletionStage<ManifestContent> pull : pulls) {
      assertThat(Await.value(pull).body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    }
  }

  @Test
  void anAbsentTagIsAskedForOncePerKindOfRequest() {
    for (int i = 0; i < 3; i++) {
      assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    }
    assertThat(test.registry.requests())
        .containsExactly(headManifest(NAME, LATEST), getManifest(NAME, LATEST));
  }

  @Test
  void aLengthOfZeroIsNeverTold() {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.answer(
        headManifest(NAME, LATEST),
        request ->
            new MockResponse.Builder()
                .setHeader("Content-Length", 0)
                .setHeader("Content-Type", TYPE.value())
                .setHeader("Docker-Content-Digest", digest)
                .build());
    test.registry.blob(NAME, CONTENT);
    test.registry.answer(headBlob(NAME, DIGEST), request -> body(new byte[0]));

    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).size())
        .isEqualTo(MANIFEST.length);
    assertThat(Await.value(test.cache.blobInfo(ALPINE, DIGEST)).size()).isEmpty();
  }

  @Test
  void aWrongLengthIsNotToldOnceTheManifestIsKnown() {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    Await.value(test.cache.manifest(ALPINE, digest));
    test.registry.answer(
        headManifest(NAME, LATEST),
        request ->
            new MockResponse.Builder()
                .setHeader("Content-Length", 7)
                .setHeader("Content-Type", TYPE.value())
                .setHeader("Docker-Content-Digest", digest)
                .build());

    ManifestInfo info = Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    assertThat(info.size()).isEqualTo(MANIFEST.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://[", "ftp://x/", "http://a b/", "://"})
  void aHeadByTagWithAnUnusableRedirectIsFollowedByAGet(String location) {
    test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.answer(
        headManifest(NAME, LATEST),
        request -> status(307).newBuilder().setHeader("Location", location).build());

    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).digest())
        .isEqualTo(Digest.sha256(MANIFEST));
  }

  @Test
  void aLimitOfHeadRequestsKeepsNoColdTagFromGet() {
    Tag other = new Tag("other");
    byte[] second = Samples.manifest("second");
    test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.tag(NAME, "other", TYPE, second);
    test.registry.answer(headManifest(NAME, LATEST), request -> status(429));

    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(Await.value(test.cache.manifest(ALPINE, other)).body())
        .as("while HEAD requests pause")
        .isEqualTo(ByteBuffer.wrap(second));
    assertThat(test.registry.count(headManifest(NAME, other))).isZero();
  }

  @Test
  void aCachedTagCausesNoGetAfterALimitOfHeadRequests() throws IOException {
    test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    Await.value(test.cache.manifest(ALPINE, LATEST));
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
    test.registry.answer(headManifest(NAME, LATEST), request -> status(429));

    for (int i = 0; i < 3; i++) {
      assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).status())
          .isInstanceOf(CacheStatus.Stale.class);
    }
    assertThat(test.registry.count(getManifest(NAME, LATEST))).isZero();
    assertThat(test.registry.count(headManifest(NAME, LATEST))).isEqualTo(2);
  }

  @Test
  void aLimitOfBothIsTheAnswer() {
    test.registry.answer(headManifest(NAME, LATEST), request -> status(429));
    test.registry.answer(getManifest(NAME, LATEST), request -> status(429));

    for (int i = 0; i < 3; i++) {
      assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.TOOMANYREQUESTS);
    }
    assertThat(test.registry.count(getManifest(NAME, LATEST))).isEqualTo(1);
  }

  @Test
  void aManifestThatTheUpstreamHasByTagOnlyIsServedByDigest() {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.answer(getManifest(NAME, digest), request -> status(404));
    assertThat(Await.value(test.cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(digest);

    assertThat(Await.value(test.cache.manifest(ALPINE, digest)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
  }

  @Test
  void aManifestThatTheUpstreamHasByTagOnlyIsServedByTag() {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    test.registry.answer(getManifest(NAME, digest), request -> status(404));

    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
  }

  @Test
  void aTagThatMovedDoesNotStandInForADigest() {
    Digest digest = test.registry.tag(NAME, "latest", TYPE, MANIFEST);
    Await.value(test.cache.manifestInfo(ALPINE, LATEST));
    test.registry.answer(getManifest(NAME, digest), request -> status(404));
    byte[] newer = Samples.manifest("moved");
    test.registry.answer(getManifest(NAME, LATEST), request -> body(newer));

    assertThat(Await.failure(test.cache.manifest(ALPINE, digest)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }

  @Test
  void aSignedManifestOfSchema1FailsWithItsReason() {
    Digest payload = Digest.sha256(Samples.bytes(10));
    test.registry.answer(
        getManifest(NAME, payload),
        request ->
            FakeRegistry.json("{\"schemaVersion\": 1, \"signatures\": []}")
                .newBuilder()
                .setHeader("Content-Type", MediaType.DOCKER_SCHEMA1_SIGNED.value())
                .setHeader("Docker-Content-Digest", payload)
                .build());

    RegistryException failure = Await.failure(test.cache.manifest(ALPINE, payload));
    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("signed manifest of schema 1");
  }

  @Test
  void headRefusesASignedManifestOfSchema1AsGetDoes() {
    Digest payload = Digest.sha256(Samples.bytes(10));
    for (String request :
        List.of(
            headManifest(NAME, LATEST),
            getManifest(NAME, LATEST),
            headManifest(NAME, payload),
            getManifest(NAME, payload))) {
      test.registry.answer(
          request,
          asked ->
              FakeRegistry.json("{\"schemaVersion\": 1, \"signatures\": []}")
                  .newBuilder()
                  .setHeader("Content-Type", MediaType.DOCKER_SCHEMA1_SIGNED.value())
                  .setHeader("Docker-Content-Digest", payload)
                  .build());
    }

    for (RegistryException failure :
        List.of(
            Await.failure(test.cache.manifestInfo(ALPINE, LATEST)),
            Await.failure(test.cache.manifest(ALPINE, LATEST)),
            Await.failure(test.cache.manifestInfo(ALPINE, payload)),
            Await.failure(test.cache.manifest(ALPINE, payload)))) {
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("signed manifest of schema 1");
    }
  }
}
