package dev.cistern.proxy.internal.pull;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName(
    "11. What is to be prefetched takes a bounded part of memory, whatever clients ask for")
class LayerPrefetchTest {

  private final List<CompletableFuture<BlobContent>> opened = new ArrayList<>();
  private final List<Requester> requesters = new ArrayList<>();
  private long now;

  private final LayerPrefetch prefetch =
      new LayerPrefetch(
          (repository, digest, requester) -> {
            CompletableFuture<BlobContent> content = new CompletableFuture<>();
            opened.add(content);
            requesters.add(requester);
            return content;
          },
          (repository, digest) -> false,
          64,
          () -> now);

  private static String entry(int index) {
    return "{'mediaType':'application/octet-stream','digest':'%s','size':1}"
        .formatted(Digest.sha256(("layer " + index).getBytes(UTF_8)));
  }

  private static ManifestContent manifest(String note, int layers) {
    return manifest(note, 0, layers);
  }

  private static ManifestContent manifest(String note, int first, int layers) {
    String entries =
        IntStream.range(first, first + layers)
            .mapToObj(LayerPrefetchTest::entry)
            .collect(Collectors.joining(","));
    byte[] body =
        "{'schemaVersion':2,'mediaType':'%s','annotations':{'note':'%s'},'config':%s,'layers':[%s]}"
            .formatted(MediaType.OCI_MANIFEST, note, entry(first), entries)
            .replace('\'', '"')
            .getBytes(UTF_8);
    return new ManifestContent(
        Digest.sha256(body),
        MediaType.OCI_MANIFEST,
        ByteBuffer.wrap(body),
        new CacheStatus.Miss(Forward.ok("upstream", Duration.ZERO), Set.of()));
  }

  @Test
  void soManyLayersWaitAtMost() {
    for (int i = 0; i < 50; i++) {
      prefetch.fetched(ALPINE, manifest("image " + i, 500 * i, 500));
    }

    assertThat(prefetch.known()).isEqualTo(2_000);
  }

  @Test
  void aLayerOfSeveralPullsIsFetchedAheadOnce() {
    for (int i = 0; i < 50; i++) {
      prefetch.fetched(ALPINE, manifest("image " + i, 3));
    }
    assertThat(prefetch.known()).isEqualTo(3);
    assertThat(opened).hasSize(3);
  }

  @Test
  void imagesThatNoClientPullsAreForgotten() {
    prefetch.fetched(ALPINE, manifest("first", 500));
    now += Duration.ofSeconds(31).toNanos();
    prefetch.fetched(ALPINE, manifest("second", 3));

    assertThat(prefetch.known()).isEqualTo(3);
  }

  @Test
  void whatNoClientPullsIsWaitedForOnlyForAWhile() {
    prefetch.fetched(ALPINE, manifest("first", 3));
    assertThat(requesters).hasSize(3).allMatch(Requester::asksAhead).allMatch(Requester::isWaiting);

    now += Duration.ofSeconds(31).toNanos();

    assertThat(requesters).noneMatch(Requester::isWaiting);
  }

  @Test
  void whatAClientPullsIsWaitedForToItsEnd() {
    prefetch.fetched(ALPINE, manifest("first", 3));
    prefetch.asked(ALPINE, Digest.sha256("layer 1".getBytes(UTF_8)));

    now += Duration.ofSeconds(31).toNanos();

    assertThat(requesters).hasSize(3).allMatch(Requester::isWaiting);
  }

  @Test
  void whatCameAheadIsFetchedForTheFirstClientAndAHitForTheNext() {
    Digest layer = Digest.sha256("layer 1".getBytes(UTF_8));
    prefetch.fetched(ALPINE, manifest("first", 3));

    opened.get(1).complete(new Came(layer, MISS));

    assertThat(prefetch.asked(ALPINE, layer)).isEqualTo(MISS);
    assertThat(prefetch.asked(ALPINE, layer)).isEqualTo(CacheStatus.Hit.BY_DIGEST);
  }

  @Test
  void whatAClientHasAskedForBeforeItCameIsNotFetchedForAnother() {
    Digest layer = Digest.sha256("layer 1".getBytes(UTF_8));
    prefetch.fetched(ALPINE, manifest("first", 3));
    prefetch.asked(ALPINE, layer);

    opened.get(1).complete(new Came(layer, MISS));

    assertThat(prefetch.asked(ALPINE, layer)).isEqualTo(CacheStatus.Hit.BY_DIGEST);
  }

  @Test
  void whatWasCachedBeforeItWasAskedForAheadIsAHit() {
    Digest layer = Digest.sha256("layer 1".getBytes(UTF_8));
    prefetch.fetched(ALPINE, manifest("first", 3));

    opened.get(1).complete(new Came(layer, CacheStatus.Hit.BY_DIGEST));

    assertThat(prefetch.asked(ALPINE, layer)).isEqualTo(CacheStatus.Hit.BY_DIGEST);
  }

  private static final CacheStatus MISS =
      new CacheStatus.Miss(Forward.ok("upstream", Duration.ZERO), Set.of(CacheStatus.Trait.STORED));

  /** A blob whose last byte is here. */
  private record Came(Digest digest, CacheStatus status) implements BlobContent {

    @Override
    public OptionalLong size() {
      return OptionalLong.of(1);
    }

    @Override
    public long available(long position) {
      return position == 0 ? 1 : -1;
    }

    @Override
    public boolean whenAvailable(long position, Runnable wake) {
      return false;
    }

    @Override
    public int read(ByteBuffer target, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<FileChannel> channel() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
