package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is fetched before a client asks for it. */
class PrefetchTest {

  private static final String NAME = ALPINE.value();

  private final FakeRegistry registry = FakeRegistry.start();
  private final List<Digest> blobs = new ArrayList<>();
  private final Path spool;
  private PullThroughCache cache;

  /** Of the first blob; each other one has a byte more. */
  private int size = 100_000;

  PrefetchTest(@TempDir Path spool) {
    this.spool = spool;
    cache = cache(Prefetch.LAYERS, 64);
  }

  private PullThroughCache cache(Prefetch prefetch, int transfers) {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(new MemoryDriver())
        .spoolDirectory(spool)
        .prefetch(prefetch)
        .maxTransfers(transfers)
        .build();
  }

  private void replace(Prefetch prefetch, int transfers) throws IOException {
    cache.close();
    cache = cache(prefetch, transfers);
  }

  @AfterEach
  void close() throws IOException {
    cache.close();
    registry.close();
  }

  /** An image whose configuration and layers are sent at once, or only when the gate is open. */
  private Digest image(int layers, Map<Integer, Gate> stops) {
    for (int i = 0; i <= layers; i++) {
      blobs.add(registry.blob(NAME, Samples.bytes(size + i), stops));
    }
    return registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, manifest().getBytes(UTF_8));
  }

  private String manifest() {
    List<String> entries =
        blobs.stream()
            .map(
                blob ->
                    "{'mediaType':'application/octet-stream','digest':'%s','size':%d}"
                        .formatted(blob, size + blobs.indexOf(blob)))
            .collect(Collectors.toList());
    return "{'schemaVersion':2,'mediaType':'%s','config':%s,'layers':%s}"
        .formatted(MediaType.OCI_MANIFEST, entries.get(0), entries.subList(1, entries.size()))
        .replace('\'', '"');
  }

  private long asked() {
    return blobs.stream().filter(blob -> registry.count(getBlob(NAME, blob)) > 0).count();
  }

  private void pull(Digest digest) throws IOException {
    try (BlobContent blob = Await.value(cache.blob(ALPINE, digest))) {
      assertThat(Digest.sha256(Reading.all(blob))).isEqualTo(digest);
    }
  }

  @Test
  void theConfigurationAndTheFirstLayersComeWithTheManifest() throws IOException {
    image(3, Map.of());

    Await.value(cache.manifest(ALPINE, LATEST));

    blobs.forEach(blob -> Await.stored(cache, ALPINE, blob));
    for (Digest blob : blobs) {
      pull(blob);
      assertThat(registry.count(getBlob(NAME, blob))).isEqualTo(1);
    }
  }

  @Test
  void theOtherLayersComeWhenAClientHasAskedForOne() throws IOException {
    image(20, Map.of());
    Await.value(cache.manifest(ALPINE, LATEST));
    // The manifest and four blobs.
    Await.contents(cache, 5);
    assertThat(asked()).isEqualTo(4);

    pull(blobs.get(0));

    blobs.forEach(blob -> Await.stored(cache, ALPINE, blob));
    blobs.forEach(blob -> assertThat(registry.count(getBlob(NAME, blob))).isEqualTo(1));
  }

  @Test
  void aFetchAheadIsThatOfTheFirstClientWhoJoinsIt() throws IOException {
    Gate gate = registry.gate();
    image(1, Map.of(50_000, gate));
    Await.value(cache.manifest(ALPINE, LATEST));
    Await.until(() -> cache.transfers().size() == 2);

    try (BlobContent first = Await.value(cache.blob(ALPINE, blobs.get(1)));
        BlobContent second = Await.value(cache.blob(ALPINE, blobs.get(1)))) {
      assertThat(first.status())
          .isInstanceOfSatisfying(
              Miss.class, miss -> assertThat(miss.traits()).containsExactly(Trait.STORED));
      assertThat(second.status())
          .isInstanceOfSatisfying(
              Miss.class, miss -> assertThat(miss.is(Trait.COLLAPSED)).isTrue());
    }
    gate.open();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 100_000})
  void whatCameAheadIsAMissOfTheFirstClientAndAHitOfTheNext(int size) throws IOException {
    this.size = size;
    image(1, Map.of());
    Await.value(cache.manifest(ALPINE, LATEST));
    Await.contents(cache, 3);

    try (BlobContent first = Await.value(cache.blob(ALPINE, blobs.get(1)))) {
      assertThat(first.status()).isInstanceOf(Miss.class);
    }
    try (BlobContent second = Await.value(cache.blob(ALPINE, blobs.get(1)))) {
      assertThat(second.status()).isEqualTo(CacheStatus.Hit.BY_DIGEST);
    }
  }

  @Test
  void atMostEightAreFetchedAtOnceForNobody() throws IOException {
    Gate gate = registry.gate();
    image(20, Map.of(50_000, gate));
    Await.value(cache.manifest(ALPINE, LATEST));
    Await.until(() -> asked() == 4);

    try (BlobContent last = Await.value(cache.blob(ALPINE, blobs.get(20)))) {
      assertThat(last.size()).isPresent();
      Await.until(() -> asked() == 9);
      Await.until(() -> cache.transfers().size() == 9);
    }
    gate.open();
    Await.until(() -> asked() == 21);
  }

  @Test
  void halfOfTheTransfersAreLeftToClients() throws IOException {
    replace(Prefetch.LAYERS, 1);
    image(3, Map.of());

    Await.value(cache.manifest(ALPINE, LATEST));
    pull(blobs.get(3));

    assertThat(asked()).isEqualTo(1);
  }

  @Test
  void nothingComesForHeadOrFromTheCacheOrWhereItIsOff() throws IOException {
    Digest digest = image(3, Map.of());
    Await.value(cache.manifestInfo(ALPINE, digest));
    Await.contents(cache, 1);
    ManifestContent hit = Await.value(cache.manifest(ALPINE, digest));
    assertThat(hit.digest()).isEqualTo(digest);
    replace(Prefetch.OFF, 64);
    Await.value(cache.manifest(ALPINE, LATEST));

    pull(blobs.get(3));

    assertThat(asked()).isEqualTo(1);
  }

  @Test
  void theImagesOfAnIndexDoNotCome() throws IOException {
    Digest image = image(3, Map.of());
    String index =
        "{'schemaVersion':2,'mediaType':'%s','manifests':[{'mediaType':'%s','digest':'%s','size':%d}]}"
            .formatted(
                MediaType.OCI_INDEX,
                MediaType.OCI_MANIFEST,
                image,
                manifest().getBytes(UTF_8).length);
    registry.tag(NAME, "multi", MediaType.OCI_INDEX, index.replace('\'', '"').getBytes(UTF_8));

    Await.value(cache.manifest(ALPINE, new Tag("multi")));
    pull(blobs.get(3));

    assertThat(asked()).isEqualTo(1);
    assertThat(registry.count(getManifest(NAME, image))).isZero();
  }

  @Test
  void aLayerThatCannotBeFetchedIsNobodysFailure() throws IOException {
    image(3, Map.of());
    registry.answer(getBlob(NAME, blobs.get(1)), request -> status(500));

    Await.value(cache.manifest(ALPINE, LATEST));

    pull(blobs.get(0));
    pull(blobs.get(2));
    pull(blobs.get(3));
  }
}
