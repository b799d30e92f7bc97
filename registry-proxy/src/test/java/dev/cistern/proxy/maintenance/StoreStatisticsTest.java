package dev.cistern.proxy.maintenance;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreStatisticsTest {

  private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");

  private final FilesystemDriver driver;
  private final StoreFixture fixture;

  StoreStatisticsTest(@TempDir Path root) throws IOException {
    driver = FilesystemDriver.open(root);
    fixture = new StoreFixture(driver);
  }

  @Test
  void anEmptyStoreHasNothing() throws IOException {
    StoreStatistics statistics = StoreStatistics.of(driver, 5);

    assertThat(statistics.counts()).isEqualTo(new StoreStatistics.Counts(0, 0, 0, 0));
    assertThat(statistics.usage().used()).isZero();
    assertThat(statistics.free().orElseThrow()).isPositive();
    assertThat(statistics.unfinished()).isEqualTo(new UnfinishedTransfers(0, 0, 0, 0));
    assertThat(statistics.largest()).isEmpty();
    assertThat(statistics.oldest()).isEmpty();
  }

  @Test
  void everythingIsCountedOnceWithTheLargestAndOldest() throws IOException {
    Digest large = fixture.blob(ALPINE, 3000, THEN.plusSeconds(2));
    Digest old = fixture.blob(ALPINE, 1000, THEN);
    Digest middle = fixture.blob(DEBIAN, 2000, THEN.plusSeconds(1));
    fixture.store.link(DEBIAN, large);
    Digest image = fixture.image(DEBIAN, LATEST);

    StoreStatistics statistics = StoreStatistics.of(driver, 2);

    assertThat(statistics.counts()).isEqualTo(new StoreStatistics.Counts(3, 1, 2, 1));
    long bytes = 6000 + fixture.inventory.blob(image).orElseThrow().size();
    assertThat(statistics.usage().bytes()).isEqualTo(bytes);
    assertThat(statistics.usage().used()).isGreaterThan(bytes);
    assertThat(statistics.largest()).extracting(KeptContent::digest).containsExactly(large, middle);
    assertThat(statistics.largest().get(0).repositories()).containsExactly(ALPINE, DEBIAN);
    assertThat(statistics.oldest())
        .first()
        .isEqualTo(new KeptContent(old, KeptContent.Kind.BLOB, 1000, THEN, List.of(ALPINE)));
    assertThat(StoreStatistics.of(driver, 9).oldest())
        .last()
        .satisfies(
            content -> {
              assertThat(content.digest()).isEqualTo(image);
              assertThat(content.kind()).isEqualTo(KeptContent.Kind.MANIFEST);
            });
    assertThat(StoreStatistics.of(driver, 0).largest()).isEmpty();
  }
}
