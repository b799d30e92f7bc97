package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An image can be brought into the cache before a client wants it")
class ImageWarmingTest {

  private static final String NAME = ALPINE.value();

  private final TestCache test;

  ImageWarmingTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private String descriptor(MediaType type, Digest digest, int size) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d".formatted(type, digest, size);
  }

  /** An image with these layers; the first is listed twice, as an image may. */
  private byte[] image(List<Digest> layers, int size) {
    List<String> all = new ArrayList<>();
    all.add(descriptor(MediaType.OCTET_STREAM, layers.get(0), size) + "}");
    layers.forEach(layer -> all.add(descriptor(MediaType.OCTET_STREAM, layer, size) + "}"));
    return """
        {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}
        """
        .formatted(MediaType.OCI_MANIFEST, all.get(0), String.join(",", all))
        .getBytes(StandardCharsets.UTF_8);
  }

  private Digest layer(int size) {
    return test.registry.blob(NAME, Samples.bytes(size));
  }

  private record Layers(Digest amd64, Digest v6, Digest v7) {}

  /** An index of an image for amd64 and one for two variants of arm. */
  private Layers index() {
    Digest amd64 = layer(1_000);
    Digest v6 = layer(1_001);
    Digest v7 = layer(1_002);
    List<String> manifests = new ArrayList<>();
    for (List<Object> each :
        List.<List<Object>>of(
            List.of(amd64, 1_000, "amd64", ""),
            List.of(v6, 1_001, "arm", "v6"),
            List.of(v7, 1_002, "arm", "v7"))) {
      byte[] body = image(List.of((Digest) each.get(0)), (Integer) each.get(1));
      Digest digest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, body);
      manifests.add(
          descriptor(MediaType.OCI_MANIFEST, digest, body.length)
              + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\",\"variant\":\"%s\"}}"
                  .formatted(each.get(2), each.get(3)));
    }
    byte[] index =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(MediaType.OCI_INDEX, String.join(",", manifests))
            .getBytes(StandardCharsets.UTF_8);
    test.registry.tag(NAME, "latest", MediaType.OCI_INDEX, index);
    return new Layers(amd64, v6, v7);
  }

  private ImageWarming warm(Optional<Platform> platform) {
    return ImageWarming.start(test.cache, ALPINE, LATEST, platform);
  }

  private long fetched(Digest blob) {
    return test.registry.count(getBlob(NAME, blob));
  }

  @Test
  void everythingOfAnImageIsFetchedOnce() throws IOException {
    List<Digest> layers = List.of(layer(10), layer(100_000), layer(700_000));
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(layers, 9));

    ImageWarming.Progress done = Await.value(warm(Optional.empty()).completion());

    assertThat(done.received()).isEqualTo(4);
    assertThat(done.requested()).isEqualTo(4);
    assertThat(done.bytes()).isGreaterThan(800_000);
    assertThat(done.fetched()).isEqualTo(800_010);
    for (Digest layer : layers) {
      test.awaitStored(ALPINE, layer);
      assertThat(fetched(layer)).isEqualTo(1);
    }
    assertThat(Await.value(warm(Optional.empty()).completion()).fetched()).isZero();
    assertThat(layers).allSatisfy(layer -> assertThat(fetched(layer)).isEqualTo(1));
  }

  @Test
  void aBlobWhosePublishingFailsAfterItWasReceivedIsNamed() throws IOException {
    Digest stored = layer(10);
    Digest broken = layer(20);
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(List.of(stored, broken), 10));
    test.driver.beforeWrites(
        key -> {
          if (key.contains(broken.hex())) {
            throw new IOException("disk");
          }
        });

    ImageWarming.Progress done = Await.value(warm(Optional.empty()).completion());

    assertThat(done.notStored()).containsExactly(broken);
    assertThat(done.received()).isEqualTo(2);
  }

  @Test
  void nothingIsPrefetchedForIt() throws IOException {
    Digest layer = layer(100_000);
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(List.of(layer), 100_000));
    test.cache.reconfigure(
        PullThroughCache.builder().upstream(test.registry.connect()).prefetch(Prefetch.LAYERS));
    List<String> clients = new CopyOnWriteArrayList<>();
    ImageSource cache = ImageWarming.source(test.cache);
    ImageSource watched =
        new ImageSource() {
          @Override
          public CompletionStage<Received> manifest(
              RepositoryName repository, Reference reference, Requester requester) {
            return cache.manifest(repository, reference, requester);
          }

          @Override
          public CompletionStage<Origin> blob(
              RepositoryName repository,
              Descriptor blob,
              Requester requester,
              LongConsumer received) {
            test.cache.transfers().forEach(each -> clients.add(each.transfer().toString()));
            return cache.blob(repository, blob, requester, received);
          }
        };

    ImageWarming.Progress done =
        Await.value(
            ImageWarming.start(watched, ALPINE, LATEST, Optional.empty(), WarmingListener.NONE)
                .completion());

    assertThat(clients).isEmpty();
    assertThat(done.fetched()).isEqualTo(100_000);
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    Digest small = layer(10);
    Digest large = layer(700_000);
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(List.of(small, large), 10));
    test.cache.reconfigure(
        PullThroughCache.builder()
            .upstream(test.registry.connect())
            .limits(Limits.builder().maxSize(100_000).build()));

    ImageWarming.Progress done = Await.value(warm(Optional.empty()).completion());

    assertThat(done.notStored()).containsExactly(large);
    assertThat(done.requested()).isEqualTo(3);
    assertThat(done.received()).isEqualTo(2);
  }

  @Test
  void onePlatformOfAnIndexIsFetchedAlone() {
    Layers layers = index();

    Await.value(warm(Optional.of(Platform.LINUX_AMD64)).completion());

    assertThat(fetched(layers.amd64())).isEqualTo(1);
    assertThat(fetched(layers.v6()) + fetched(layers.v7())).isZero();
  }

  @Test
  void platformWithoutVariantMeansAllItsVariants() {
    Layers layers = index();

    Await.value(warm(Optional.of(Platform.parse("linux/arm/v7"))).completion());
    assertThat(fetched(layers.v6())).isZero();
    Await.value(warm(Optional.of(Platform.parse("linux/arm"))).completion());

    assertThat(fetched(layers.v6())).isEqualTo(1);
    assertThat(fetched(layers.v7())).isEqualTo(1);
    assertThat(fetched(layers.amd64())).isZero();
  }

  @Test
  void theFirstVariantOfArm64IsTheSameWithItsNameAndWithout() {
    Platform v8 = Platform.parse("linux/arm64/v8");

    assertThat(v8.matches("linux", "arm64", "")).isTrue();
    assertThat(v8.matches("linux", "arm64", "v8")).isTrue();
    assertThat(v8.matches("linux", "arm64", "v9")).isFalse();
    assertThat(Platform.parse("linux/arm64").matches("linux", "arm64", "v8")).isTrue();
    assertThat(Platform.parse("linux/arm/v8").matches("linux", "arm", "")).isFalse();
  }

  @Test
  void allPlatformsAreFetchedOnRequest() {
    Layers layers = index();

    Await.value(warm(Optional.empty()).completion());

    assertThat(List.of(layers.amd64(), layers.v6(), layers.v7()))
        .allSatisfy(layer -> assertThat(fetched(layer)).isEqualTo(1));
  }

  @Test
  void missingPlatformNamesThoseThatExist() {
    index();

    assertThat(
            Await.failure(warm(Optional.of(Platform.parse("linux/s390x"))).completion())
                .getMessage())
        .isEqualTo(
            "The image does not support linux/s390x; available platforms: linux/amd64, linux/arm");
  }

  @Test
  void firstFailureEndsIt() {
    Digest layer = layer(100);
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(List.of(layer), 100));
    test.registry.answer(getBlob(NAME, layer), request -> status(404));
    test.registry.answer(getManifest(NAME, "other"), request -> status(404));

    assertThat(Await.failure(warm(Optional.empty()).completion()).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void imageWithThousandsOfSmallBlobsInMemoryNeedsNoDeepStack() {
    List<Digest> layers = new ArrayList<>();
    for (int i = 1; i <= 600; i++) {
      layers.add(layer(i));
    }
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(layers, 1));
    Await.value(warm(Optional.empty()).completion());

    assertThat(Await.value(warm(Optional.empty()).completion()).received()).isEqualTo(601);
    assertThat(Await.value(warm(Optional.empty()).completion()).received()).isEqualTo(601);
  }

  @Test
  void cancelledWarmingRequestsNothingMore() {
    Gate gate = test.registry.gate();
    Digest first = test.registry.blob(NAME, Samples.bytes(300_000), Map.of(100_000, gate));
    test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, image(List.of(first), 300_000));
    ImageWarming warming = warm(Optional.empty());
    gate.awaitArrival();

    warming.cancel();

    assertThat(warming.completion().toCompletableFuture()).isCompletedExceptionally();
    assertThat(warming.progress().received()).isEqualTo(1);
    gate.open();
  }

  @Test
  void platformMustHaveTheNamesOfGo() {
    assertThat(Platform.parse("linux/arm/v7")).hasToString("linux/arm/v7");
    assertThat(Platform.parse("linux/amd64")).isEqualTo(Platform.LINUX_AMD64);
    assertThat(Platform.parse("Linux/x86_64")).isEqualTo(Platform.LINUX_AMD64);
    assertThat(Platform.parse("linux/aarch64")).hasToString("linux/arm64");
    assertThatThrownBy(() -> Platform.parse("linux/a b"))
        .hasMessageStartingWith("Invalid platform 'linux/a b':");
    for (String wrong : List.of("", "linux", "linux/", "/amd64", "a/b/c/d", "a b/c")) {
      assertThatThrownBy(() -> Platform.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("linux/amd64");
    }
  }
}
