package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One cache of several upstreams. */
class SeveralUpstreamsTest {

  private static final String NAME = "team/app";
  private static final RepositoryName OF_HUB = new RepositoryName(NAME);
  private static final RepositoryName OF_OTHER = new RepositoryName("ghcr.io/" + NAME);
  private static final byte[] LAYER = Samples.bytes(200_000);

  private final FakeRegistry hub = FakeRegistry.start();
  private final FakeRegistry other = FakeRegistry.start();
  private final Path spool;
  private final PullThroughCache cache;

  SeveralUpstreamsTest(@TempDir Path spool) {
    this.spool = spool;
    cache = cache(UpstreamOptions.of(other.connect()));
  }

  private PullThroughCache cache(UpstreamOptions options) {
    return PullThroughCache.builder()
        .upstream(hub.connect())
        .upstream("ghcr.io", options)
        .storage(new MemoryDriver())
        .spoolDirectory(spool)
        .build();
  }

  @AfterEach
  void close() throws IOException {
    hub.close();
    other.close();
    cache.close();
  }

  private byte[] pull(RepositoryName repository, Digest digest) throws IOException {
    try (BlobContent content = Await.value(cache.blob(repository, digest))) {
      return Reading.all(content);
    }
  }

  @Test
  void theFirstComponentNamesTheUpstream() throws IOException {
    Digest digest = other.blob(NAME, LAYER);

    assertThat(pull(OF_OTHER, digest)).isEqualTo(LAYER);

    assertThat(Await.failure(cache.blob(OF_HUB, digest)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void bytesOfOneUpstreamAreGivenOutUnderAnotherOnlyAfterThatHasThem() throws IOException {
    Digest digest = other.blob(NAME, LAYER);
    pull(OF_OTHER, digest);
    Await.stored(cache, OF_OTHER, digest);

    assertThat(Await.failure(cache.blob(OF_HUB, digest)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);

    RepositoryName second = new RepositoryName("team/second");
    hub.blob(second.value(), LAYER);
    assertThat(pull(second, digest)).isEqualTo(LAYER);
    assertThat(hub.count(headBlob(second.value(), digest))).isEqualTo(1);
    assertThat(hub.count(getBlob(second.value(), digest))).isZero();
  }

  @Test
  void anUpstreamThatHangsDelaysNoOther() throws IOException {
    Gate hanging = other.gate();
    List<CompletionStage<BlobContent>> waiting = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      byte[] layer = Samples.bytes(70_000 + i);
      other.answer(
          getBlob(NAME, Digest.sha256(layer)),
          request -> {
            hanging.pass();
            return FakeRegistry.body(layer);
          });
      waiting.add(cache.blob(OF_OTHER, Digest.sha256(layer)));
    }
    hanging.awaitArrival();

    Digest digest = hub.blob(NAME, LAYER);
    assertThat(pull(OF_HUB, digest)).isEqualTo(LAYER);

    assertThat(waiting).noneMatch(stage -> stage.toCompletableFuture().isDone());
    hanging.open();
  }

  @Test
  void aDeniedPullNamesTheRuleAndNeverReachesTheUpstream() throws IOException {
    AccessRules rules =
        new AccessRules(List.of(), List.of(ImagePattern.parse("team/*")), List.of());
    Digest digest = other.blob(NAME, LAYER);
    try (PullThroughCache ruled = cache(UpstreamOptions.of(other.connect()).access(rules))) {
      for (CompletionStage<?> pull :
          List.of(
              ruled.manifest(OF_OTHER, new Tag("latest")),
              ruled.manifest(OF_OTHER, digest),
              ruled.blob(OF_OTHER, digest))) {
        assertThat(Await.failure(pull))
            .hasMessageContaining("deny: team/*")
            .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.DENIED));
      }
    }
    assertThat(other.requests()).isEmpty();
  }

  @Test
  void anUpstreamThatIsNotListedIsConnectedAtItsFirstUse() throws IOException {
    Digest digest = other.blob(NAME, LAYER);
    Digest ofHub = hub.blob("not.allowed/app", LAYER);
    List<String> connected = new ArrayList<>();
    try (PullThroughCache open =
        PullThroughCache.builder()
            .upstream(hub.connect())
            .unlistedUpstreams(
                name -> {
                  if (!name.endsWith(".example")) {
                    return Optional.empty();
                  }
                  connected.add(name);
                  return Optional.of(UpstreamOptions.of(other.connect()));
                })
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .build()) {
      assertThat(connected).isEmpty();
      try (BlobContent content =
          Await.value(open.blob(new RepositoryName("a.example/" + NAME), digest))) {
        assertThat(Reading.all(content)).isEqualTo(LAYER);
      }
      assertThat(connected).containsOnly("a.example");
      try (BlobContent content =
          Await.value(open.blob(new RepositoryName("not.allowed/app"), ofHub))) {
        assertThat(Reading.all(content)).isEqualTo(LAYER);
      }
    }
  }

  /** The same upstream, and counts when it is closed. */
  private static Upstream counted(Upstream upstream, CountDownLatch closed) {
    return (Upstream)
        Proxy.newProxyInstance(
            Upstream.class.getClassLoader(),
            new Class<?>[] {Upstream.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                closed.countDown();
              }
              try {
                return method.invoke(upstream, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  @DisplayName("11. Names that clients make up connect a bounded number of upstreams")
  void namesOfManyUpstreamsConnectABoundedNumber() throws IOException {
    List<String> made = new ArrayList<>();
    CountDownLatch closed = new CountDownLatch(200);
    Digest digest = Digest.sha256(LAYER);
    try (PullThroughCache any =
        PullThroughCache.builder()
            .upstream(hub.connect())
            .unlistedUpstreams(
                name -> {
                  made.add(name);
                  return Optional.of(UpstreamOptions.of(counted(other.connect(), closed)));
                })
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .build()) {
      for (int i = 0; i < 300; i++) {
        RepositoryName repository = new RepositoryName("r" + i + ".example/app");
        assertThat(Await.failure(any.blobInfo(repository, digest)).code())
            .isEqualTo(ErrorCode.BLOB_UNKNOWN);
      }
      Await.latch(closed);
      // A name that is in use is not decided again.
      Await.failure(any.blobInfo(new RepositoryName("r299.example/app"), digest));
      assertThat(made).hasSize(300);
    }
  }

  @Test
  void theNameOfAnUpstreamIsOneComponent() {
    UpstreamOptions options = UpstreamOptions.of(other.connect());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> PullThroughCache.builder().upstream("a/b", options));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PullThroughCache.builder().upstream("Host:5000", options));
  }
}
