package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("7. A failure is never turned into \"absent\"")
class AbsenceTest {

  private static final String NAME = ALPINE.value();
  private static final Digest DIGEST = Digest.sha256(Samples.bytes(10));

  private final TestCache test;

  AbsenceTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @ParameterizedTest
  @CsvSource({
    "401, DENIED",
    "403, DENIED",
    "404, BLOB_UNKNOWN",
    "429, TOOMANYREQUESTS",
    "500, BAD_GATEWAY",
    "503, BAD_GATEWAY"
  })
  void allWaitingRequestsFailAsTheUpstreamDid(int status, ErrorCode code) {
    Gate gate = test.registry.gate();
    test.registry.answer(
        getBlob(NAME, DIGEST),
        request -> {
          gate.pass();
          return status(status);
        });
    List<CompletionStage<BlobContent>> waiting = new ArrayList<>();
    waiting.add(test.cache.blob(ALPINE, DIGEST));
    gate.awaitArrival();
    for (int i = 0; i < 10; i++) {
      waiting.add(test.cache.blob(ALPINE, DIGEST));
    }
    gate.open();

    assertThat(waiting)
        .allSatisfy(stage -> assertThat(Await.failure(stage).code()).isEqualTo(code));
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, DIGEST));
  }

  @ParameterizedTest
  @CsvSource({"401, DENIED", "404, MANIFEST_UNKNOWN", "429, TOOMANYREQUESTS", "500, BAD_GATEWAY"})
  void manifestsFailAsTheUpstreamDid(int status, ErrorCode code) {
    test.registry.answer(headManifest(NAME, LATEST), request -> status(status));
    test.registry.answer(getManifest(NAME, LATEST), request -> status(status));
    test.registry.answer(getManifest(NAME, DIGEST), request -> status(status));

    assertThat(Await.failure(test.cache.manifest(ALPINE, DIGEST)).code()).isEqualTo(code);
    assertThat(Await.failure(test.cache.manifestInfo(ALPINE, DIGEST)).code()).isEqualTo(code);
    assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code()).isEqualTo(code);
    assertThat(Await.failure(test.cache.manifestInfo(ALPINE, LATEST)).code()).isEqualTo(code);
  }

  @Test
  void anUnreachableUpstreamIsNotAbsence() {
    test.registry.goDown();

    assertThat(Await.failure(test.cache.blob(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(Await.failure(test.cache.blobInfo(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(Await.failure(test.cache.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void theSizeOfABlobFailsAsTheUpstreamDid() {
    test.registry.answer(headBlob(NAME, DIGEST), request -> status(500));
    test.registry.answer(getBlob(NAME, DIGEST), request -> status(500));
    assertThat(Await.failure(test.cache.blobInfo(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);

    test.clock.advance(Duration.ofMinutes(1));
    test.registry.answer(headBlob(NAME, DIGEST), request -> status(404));
    test.registry.answer(getBlob(NAME, DIGEST), request -> status(404));
    assertThat(Await.failure(test.cache.blobInfo(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void absenceIsRememberedForAShortTimeOnly() throws IOException {
    byte[] content = Samples.bytes(10);
    assertThat(Await.failure(test.cache.blob(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    test.registry.blob(NAME, content);
    assertThat(Await.failure(test.cache.blob(ALPINE, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);

    test.clock.advance(Duration.ofSeconds(11));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(content);
  }

  @Test
  void theMessageNamesTheTargetTheUpstreamAndTheReason() {
    test.registry.answer(getBlob(NAME, DIGEST), request -> status(500));

    RegistryException failure = Await.failure(test.cache.blob(ALPINE, DIGEST));

    assertThat(failure)
        .hasMessageContaining(DIGEST.toString())
        .hasMessageContaining("127.0.0.1")
        .hasMessageContaining("500");
  }
}
