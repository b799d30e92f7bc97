package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A limit on the bandwidth of all transfers together. */
@Timeout(60)
class BandwidthTest {

  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final FakeServer registry = FakeServer.start(request -> Samples.blobAnswer());

  @AfterEach
  void stop() {
    registry.close();
  }

  private Bandwidth bandwidth(long bytesPerSecond) {
    return new Bandwidth(bytesPerSecond, () -> now);
  }

  private Upstream upstream(long bytesPerSecond) {
    return Upstreams.connect(
        UpstreamConfig.builder(registry.url()).maxBandwidth(bytesPerSecond).build());
  }

  @Test
  void aTransferWaitsUntilItsBytesAreThrough() {
    Bandwidth bandwidth = bandwidth(1000);

    assertThat(bandwidth.take(500)).isEqualTo(SECOND / 2);
    now += SECOND / 2;
    assertThat(bandwidth.take(1000)).isEqualTo(SECOND);
  }

  @Test
  void simultaneousTransfersWaitInTurn() {
    Bandwidth bandwidth = bandwidth(1000);

    assertThat(bandwidth.take(1000)).isEqualTo(SECOND);
    assertThat(bandwidth.take(1000)).isEqualTo(2 * SECOND);
    assertThat(bandwidth.take(1000)).isEqualTo(3 * SECOND);
  }

  @Test
  void littleBandwidthIsSavedWhileUnused() {
    Bandwidth bandwidth = bandwidth(1000);

    now += 3600 * SECOND;

    assertThat(bandwidth.take(100)).isZero();
    assertThat(bandwidth.take(1000)).isEqualTo(SECOND);
  }

  @Test
  void largeNumbersDoNotOverflow() {
    assertThat(bandwidth(Long.MAX_VALUE).take(Integer.MAX_VALUE)).isZero();
    assertThat(bandwidth(1).take(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE * SECOND);
  }

  @Test
  void portionsAreSmallAtALowBandwidth() {
    assertThat(bandwidth(1024).portion()).isEqualTo(1024);
    assertThat(bandwidth(200_000).portion()).isEqualTo(10_000);
    assertThat(bandwidth(1L << 40).portion()).isEqualTo(64 * 1024);
  }

  @Test
  void allBlobsTogetherStayWithinTheLimit() throws Exception {
    // 300,000 bytes at 200,000 a second.
    long before = System.nanoTime();
    try (Upstream upstream = upstream(200_000)) {
      List<CompletableFuture<byte[]>> blobs = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        blobs.add(CompletableFuture.supplyAsync(() -> get(upstream)));
      }
      for (CompletableFuture<byte[]> blob : blobs) {
        assertThat(blob.get(30, TimeUnit.SECONDS)).isEqualTo(BLOB);
      }
    }
    assertThat(System.nanoTime() - before).isGreaterThan((long) (1.3 * SECOND));
  }

  private static byte[] get(Upstream upstream) {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      return drain(blob);
    } catch (RegistryException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theLimitCausesNoTimeout() throws RegistryException {
    // Pauses of a second, with a shorter stall timeout.
    try (Upstream upstream =
            Upstreams.connect(
                UpstreamConfig.builder(registry.url())
                    .maxBandwidth(1024)
                    .stallTimeout(Duration.ofMillis(700))
                    .build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      byte[] buffer = new byte[8192];
      assertThat(blob.read(buffer, 0, buffer.length)).isPositive();
      assertThat(blob.read(buffer, 0, buffer.length)).isPositive();
      assertThat(blob.read(buffer, 0, buffer.length)).isPositive();
    }
  }

  @Test
  void cancellingEndsAPause() throws Exception {
    try (Upstream upstream = upstream(1024);
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      CompletableFuture<RegistryException> reading =
          CompletableFuture.supplyAsync(() -> failure(() -> drain(blob)));
      blob.cancel();

      // The whole would take over a minute and a half.
      assertThat(reading.get(30, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void smallReadsStaySmall() throws RegistryException {
    try (Upstream upstream = upstream(1 << 30);
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(10))) {
      assertThat(blob.totalLength()).hasValue(BLOB.length);
      assertThat(blob.start()).isZero();
      assertThat(blob.etag()).isEmpty();
      assertThat(blob.read(new byte[3], 0, 3)).isBetween(1, 3);
    }
  }
}
