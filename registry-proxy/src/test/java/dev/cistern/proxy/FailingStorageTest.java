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
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("5. Failing storage never fails a client that the upstream can serve")
class FailingStorageTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final byte[] MANIFEST = Samples.manifest("failing storage");

  private final TestCache test;

  FailingStorageTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private static void fail(String key) throws IOException {
    throw new IOException("no space left for " + key);
  }

  @Test
  void aBlobThatCannotBeStoredIsServedAndFetchedAgain() throws IOException {
    Gate storage = test.registry.gate();
    storage.open();
    test.driver.beforeWrites(
        key -> {
          storage.pass();
          fail(key);
        });
    Digest digest = test.registry.blob(NAME, CONTENT);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    storage.awaitArrival();
    test.driver.beforeWrites(key -> {});
    while (!test.isStored(ALPINE, digest)) {
      // Whether it still follows the first transfer or starts another one, it gets its bytes.
      assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    }
    assertThat(test.registry.count(getBlob(NAME, digest))).isEqualTo(2);
  }

  @Test
  void readersOfABlobThatCannotBeStoredReadOn() throws IOException {
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(
        key -> {
          storage.pass();
          fail(key);
        });
    Digest digest = test.registry.blob(NAME, CONTENT);

    try (BlobContent blob = test.open(ALPINE, digest)) {
      storage.awaitArrival();
      assertThat(Reading.from(blob, 0, 1_000)).hasSize(1_000);
      storage.open();
      test.cache.close();
      assertThat(Reading.all(blob)).isEqualTo(CONTENT);
    }
    assertThat(test.spooled()).isEmpty();
  }

  @Test
  void unreadableStorageFailsNoClient() throws IOException {
    test.driver.beforeReads(FailingStorageTest::fail);
    Digest blob = test.registry.blob(NAME, CONTENT);
    Digest manifest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, MANIFEST);

    assertThat(test.pull(ALPINE, blob)).isEqualTo(CONTENT);
    assertThat(Await.value(test.cache.blobInfo(ALPINE, blob)).size()).hasValue(300_000);
    assertThat(Await.value(test.cache.manifest(ALPINE, manifest)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
  }

  @Test
  void aReadFaultIsReportedAlsoWhenTheUpstreamFails() {
    test.driver.beforeReads(FailingStorageTest::fail);
    test.registry.answer(headManifest(NAME, LATEST), request -> status(500));
    test.registry.answer(getManifest(NAME, LATEST), request -> status(500));

    assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(test.events.faults(StorageFault.READ)).isEqualTo(1);
  }

  @Test
  void aStoredBlobThatCannotBeOpenedIsFetched() throws IOException {
    Digest digest = test.registry.blob(NAME, CONTENT);
    test.pull(ALPINE, digest);
    test.awaitStored(ALPINE, digest);
    test.driver.beforeOpens(FailingStorageTest::fail);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
  }

  @Test
  void manifestsAndTagsThatCannotBeStoredAreServed() {
    test.driver.beforeWrites(FailingStorageTest::fail);
    Digest digest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, MANIFEST);

    for (int i = 0; i < 3; i++) {
      ManifestContent manifest = Await.value(test.cache.manifest(ALPINE, LATEST));
      assertThat(manifest.digest()).isEqualTo(digest);
      assertThat(manifest.body()).isEqualTo(ByteBuffer.wrap(MANIFEST));
    }
    assertThat(test.registry.count(getManifest(NAME, digest))).isPositive();
  }

  @Test
  void aTagThatCouldNotBeStoredIsStoredAtALaterConfirmation() throws IOException {
    Digest digest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, MANIFEST);
    Gate tagged = test.registry.gate();
    tagged.open();
    test.driver.beforeWrites(
        key -> {
          if (key.contains("/tags/")) {
            tagged.pass();
            fail(key);
          }
        });
    Await.value(test.cache.manifest(ALPINE, LATEST));
    tagged.awaitArrival();

    test.driver.beforeWrites(key -> {});
    assertThat(Await.value(test.cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(digest);

    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
  }

  @Test
  void withoutASpoolBlobsArePassedThrough(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    try (TestCache passing = TestCache.over(file)) {
      Digest digest = passing.registry.blob(NAME, CONTENT, Map.of());

      assertThat(passing.pull(ALPINE, digest)).isEqualTo(CONTENT);
    }
  }
}
