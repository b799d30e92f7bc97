package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
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
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream with a fallback: another registry with the same content. */
class FallbackTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] MANIFEST = Samples.manifest("fallback");
  private static final byte[] LAYER = Samples.bytes(200_000);

  private final FakeRegistry first = FakeRegistry.start();
  private final FakeRegistry second = FakeRegistry.start();
  private final PullThroughCache cache;
  private final Digest manifest;
  private final Digest layer;

  FallbackTest(@TempDir Path spool) {
    manifest = second.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, MANIFEST);
    layer = second.blob(NAME, LAYER);
    cache =
        PullThroughCache.builder()
            .upstream(UpstreamOptions.of(first.connect()).fallback(second.connect()))
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .build();
  }

  @AfterEach
  void close() throws IOException {
    first.goDown();
    second.close();
    cache.close();
  }

  private byte[] pullLayer() throws IOException {
    try (BlobContent content = Await.value(cache.blob(ALPINE, layer))) {
      return Reading.all(content);
    }
  }

  @Test
  void isAskedWhenTheFirstCannotBeReached() throws IOException {
    first.goDown();

    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(pullLayer()).isEqualTo(LAYER);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 429, 500, 503})
  void isAskedWhenTheFirstFails(int status) throws IOException {
    first.answer(headManifest(NAME, LATEST), request -> status(status));
    first.answer(getManifest(NAME, LATEST), request -> status(status));
    first.answer(getManifest(NAME, manifest), request -> status(status));
    first.answer(getBlob(NAME, layer), request -> status(status));

    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(pullLayer()).isEqualTo(LAYER);
  }

  @Test
  void isNotAskedForWhatTheFirstDoesNotHave() {
    assertThat(Await.failure(cache.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void doesNotMakeAFailureOfTheFirstToAnAbsence() {
    first.goDown();

    assertThat(Await.failure(cache.manifest(ALPINE, new Tag("other"))).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void isNotAskedWhileTheFirstAnswers() throws IOException {
    first.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, MANIFEST);
    first.blob(NAME, LAYER);

    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(pullLayer()).isEqualTo(LAYER);
    assertThat(second.requests()).isEmpty();
  }
}
