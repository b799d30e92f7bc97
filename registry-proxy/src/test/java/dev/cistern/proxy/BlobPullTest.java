package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import mockwebserver3.MockResponse;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobPullTest {

  private static final String NAME = ALPINE.value();

  private final TestCache test;

  BlobPullTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 131_072, 5_000_000})
  void aBlobOfAnySizeIsServedColdAndWarm(int size) throws IOException {
    byte[] content = Samples.bytes(size);
    Digest digest = test.registry.blob(NAME, content);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
    test.awaitStored(ALPINE, digest);
    try (BlobContent warm = test.open(ALPINE, digest)) {
      assertThat(warm.digest()).isEqualTo(digest);
      assertThat(warm.size()).hasValue(size);
      assertThat(Reading.all(warm)).isEqualTo(content);
    }
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1_000, 300_000})
  void aBlobWhoseLengthTheUpstreamDoesNotSay(int size) throws IOException {
    byte[] content = Samples.bytes(size);
    Digest digest = Digest.sha256(content);
    test.registry.answer(
        getBlob(NAME, digest),
        request ->
            new MockResponse.Builder().chunkedBody(new Buffer().write(content), 1_000).build());

    try (BlobContent blob = test.open(ALPINE, digest)) {
      assertThat(blob.size()).hasValue(size);
      assertThat(Reading.all(blob)).isEqualTo(content);
    }
    test.awaitStored(ALPINE, digest);
  }

  @Test
  void aBlobNamedBySha512() throws IOException {
    byte[] content = Samples.bytes(300_000);
    Digest digest = Digest.of(DigestAlgorithm.SHA512, content);
    test.registry.blob(NAME, digest, content);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
    test.awaitStored(ALPINE, digest);
    assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void aBlobWithWrongSha512IsRefused() {
    byte[] content = Samples.bytes(1_000);
    Digest digest = Digest.of(DigestAlgorithm.SHA512, Samples.bytes(1_001));
    test.registry.blob(NAME, digest, content);

    assertThat(Await.failure(test.cache.blob(ALPINE, digest))).hasMessageContaining("sha512:");
  }

  @Test
  void theSizeOfAColdBlobNeedsNoFetch() throws IOException {
    Digest digest = test.registry.blob(NAME, Samples.bytes(1_000));

    assertThat(Await.value(test.cache.blobInfo(ALPINE, digest)).size()).hasValue(1_000);

    assertThat(test.registry.requests()).containsExactly(headBlob(NAME, digest));
    assertThat(test.spooled()).isEmpty();
    assertThat(test.store.holds(digest)).isFalse();
  }

  @Test
  void theSizeOfAColdBlobIsAskedOnceForAll() {
    Digest digest = Digest.sha256(Samples.bytes(1_000));
    Gate gate = test.registry.gate();
    test.registry.answer(
        headBlob(NAME, digest),
        request -> {
          gate.pass();
          return status(200).newBuilder().setHeader("Content-Length", 1_000).build();
        });

    List<CompletionStage<BlobInfo>> sizes = new ArrayList<>();
    sizes.add(test.cache.blobInfo(ALPINE, digest));
    gate.awaitArrival();
    for (int i = 0; i < 50; i++) {
      sizes.add(test.cache.blobInfo(ALPINE, digest));
    }
    gate.open();

    assertThat(sizes).allSatisfy(size -> assertThat(Await.value(size).size()).hasValue(1_000));
    assertThat(test.registry.requests()).containsExactly(headBlob(NAME, digest));
  }

  @Test
  void theSizeOfAWarmBlobIsKnownWithoutTheUpstream() throws IOException {
    Digest digest = test.registry.blob(NAME, Samples.bytes(70_000));
    test.pull(ALPINE, digest);
    test.awaitStored(ALPINE, digest);

    assertThat(Await.value(test.cache.blobInfo(ALPINE, digest)).size()).hasValue(70_000);
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void manyBlobsAreServedAtOnce() throws IOException {
    List<Digest> digests = new ArrayList<>();
    List<CompletionStage<BlobContent>> blobs = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Digest digest = test.registry.blob(NAME, Samples.bytes(70_000 + i), Map.of());
      digests.add(digest);
      blobs.add(test.cache.blob(ALPINE, digest));
    }
    for (int i = 0; i < 100; i++) {
      try (BlobContent blob = Await.value(blobs.get(i))) {
        assertThat(Reading.all(blob)).isEqualTo(Samples.bytes(70_000 + i));
      }
    }
    assertThat(test.registry.requests()).hasSize(100);
    for (Digest digest : digests) {
      test.awaitStored(ALPINE, digest);
    }
  }
}
