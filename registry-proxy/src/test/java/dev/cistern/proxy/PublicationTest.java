package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import dev.cistern.storage.ObjectStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("4. Nothing partial is ever visible in storage")
class PublicationTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(500_000);

  private final TestCache test;

  PublicationTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void storageShowsNothingOfATransferInProgress() throws IOException {
    Gate end = test.registry.gate();
    Digest digest = test.registry.blob(NAME, CONTENT, Map.of(499_999, end));

    try (BlobContent blob = test.open(ALPINE, digest)) {
      end.awaitArrival();
      assertThat(Reading.from(blob, 0, 400_000)).hasSize(400_000);
      try (Stream<ObjectStat> objects = test.driver.list("")) {
        assertThat(objects).isEmpty();
      }
    }
  }

  @Test
  void clientsGetTheBytesBeforeTheyAreStored() throws IOException {
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(key -> storage.pass());
    Digest digest = test.registry.blob(NAME, CONTENT);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    storage.awaitArrival();
    assertThat(test.store.holds(digest)).isFalse();

    // A client that comes before storage has it is served all the same, from the same file.
    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    storage.open();
    test.awaitStored(ALPINE, digest);
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void aStoredBlobLeavesTheSpool() throws IOException {
    Digest digest = test.registry.blob(NAME, CONTENT);
    test.pull(ALPINE, digest);
    test.cache.close();

    assertThat(test.isStored(ALPINE, digest)).isTrue();
    assertThat(test.spooled()).isEmpty();
  }
}
