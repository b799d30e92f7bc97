package dev.cistern.proxy;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events name the request that led to them. */
class EventCausesTest {

  private record Named(@Override String client) implements Requester, Cause {

    @Override
    public Cause cause() {
      return this;
    }

    @Override
    public boolean isWaiting() {
      return true;
    }
  }

  private static final class Causes implements CacheListener {

    final List<BlobTransfer> started = new CopyOnWriteArrayList<>();
    final List<Cause> joined = new CopyOnWriteArrayList<>();
    final List<UpstreamCall> calls = new CopyOnWriteArrayList<>();

    @Override
    public void fetchStarted(BlobTransfer transfer) {
      started.add(transfer);
    }

    @Override
    public void fetchJoined(BlobTransfer transfer, Cause by) {
      joined.add(by);
    }

    @Override
    public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
      calls.add(call);
    }
  }

  private static final Named FIRST = new Named("10.0.0.1");
  private static final Named SECOND = new Named("10.0.0.2");

  private final FakeRegistry registry = FakeRegistry.start();
  private final Causes causes = new Causes();
  private final PullThroughCache cache;

  EventCausesTest(@TempDir Path spool) {
    cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(registry.url()).build())
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .listener(causes)
            .build();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  @Test
  void aFetchNamesTheRequestThatStartedItAndItsCallsNameTheFetch() throws IOException {
    Gate gate = registry.gate();
    Digest digest = registry.blob(ALPINE.value(), Samples.bytes(300_000), Map.of(100_000, gate));
    CompletionStage<BlobContent> first = cache.blob(ALPINE, digest, FIRST);
    gate.awaitArrival();
    try (BlobContent leader = Await.value(first);
        BlobContent follower = Await.value(cache.blob(ALPINE, digest, SECOND))) {
      assertThat(leader.digest()).isEqualTo(follower.digest());
      gate.open();
    }

    assertThat(causes.started).extracting(BlobTransfer::cause).containsExactly(FIRST);
    assertThat(causes.joined).containsExactly(SECOND);
    assertThat(causes.calls).hasSize(1);
    assertThat(causes.calls.get(0).cause()).isSameAs(causes.started.get(0));
  }

  @Test
  void aCallNamesTheRequestThatNeedsIt() {
    registry.tag(ALPINE.value(), "latest", MediaType.OCI_MANIFEST, Samples.manifest("first"));

    Await.value(cache.manifest(ALPINE, LATEST, FIRST));

    assertThat(causes.calls).isNotEmpty().extracting(UpstreamCall::cause).containsOnly(FIRST);
  }

  @Test
  void aRequesterThatSaysNothingIsAnUnknownCause() {
    registry.tag(ALPINE.value(), "latest", MediaType.OCI_MANIFEST, Samples.manifest("first"));

    Await.value(cache.manifest(ALPINE, LATEST));

    assertThat(causes.calls).extracting(UpstreamCall::cause).containsOnly(Cause.UNKNOWN);
  }
}
