package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.CallStop;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An upstream that is silent, stalls or is too slow. */
@Timeout(60)
class TimeoutTest {

  private static final Duration LONGEST = Duration.ofSeconds(5);

  private volatile MockResponse answer = Samples.blobAnswer();
  private final FakeServer registry = FakeServer.start(request -> answer);

  @AfterEach
  void stop() {
    registry.close();
  }

  /** Something that ends within a time. */
  private interface Attempt {
    void within(Duration time) throws Exception;
  }

  /**
   * Tries with a short time, then with longer ones: a busy machine may take longer than a short
   * one. What times out with each of them fails.
   */
  private static void succeeds(Duration first, Attempt attempt) throws Exception {
    for (Duration time = first; ; time = time.multipliedBy(2)) {
      try {
        attempt.within(time);
        return;
      } catch (RegistryException e) {
        if (e.code() != ErrorCode.GATEWAY_TIMEOUT || time.compareTo(LONGEST) >= 0) {
          throw e;
        }
      }
    }
  }

  private UpstreamConfigBuilder config() {
    return UpstreamConfig.builder(registry.url());
  }

  private static void assertTimesOut(RegistryException failure) {
    assertThat(failure.code()).isEqualTo(ErrorCode.GATEWAY_TIMEOUT);
    assertThat(failure).hasMessageContaining("127.0.0.1").hasMessageContaining("timed out");
  }

  @Test
  void lateHeadersAreATimeout() {
    answer = new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build();
    try (Upstream upstream =
        Upstreams.connect(config().headerTimeout(Duration.ofMillis(200)).build())) {
      assertTimesOut(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)));
    }
  }

  @Test
  void aCallThatWaitsForHeadersCanBeStopped() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    answer = new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build();
    try (FakeServer silent =
            FakeServer.start(
                request -> {
                  asked.countDown();
                  return answer;
                });
        Upstream upstream = Upstreams.connect(UpstreamConfig.builder(silent.url()).build())) {
      CallStop stop = new CallStop();
      CompletableFuture<RegistryException> failed =
          CompletableFuture.supplyAsync(
              () ->
                  failure(
                      () ->
                          UpstreamWork.stoppable(stop, () -> upstream.blob(ALPINE, BLOB_DIGEST))));
      assertThat(asked.await(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();

      stop.stop();

      assertThat(failed.get(LONGEST.toSeconds(), TimeUnit.SECONDS).code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
      // Nor does a later one begin, such as one that follows a redirect.
      assertThat(
              failure(() -> UpstreamWork.stoppable(stop, () -> upstream.blob(ALPINE, BLOB_DIGEST)))
                  .code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void aSilentUpstreamIsATimeoutForManifestsToo() {
    answer = new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build();
    try (Upstream upstream =
        Upstreams.connect(config().headerTimeout(Duration.ofMillis(200)).build())) {
      assertTimesOut(failure(() -> upstream.manifest(ALPINE, LATEST)));
      assertTimesOut(failure(() -> upstream.headManifest(ALPINE, LATEST)));
    }
  }

  @Test
  void slowHeadersAreATimeout() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> trickle =
          CompletableFuture.runAsync(() -> trickleHeaders(server, over));
      try (Upstream upstream =
          Upstreams.connect(
              UpstreamConfig.builder("http://127.0.0.1:" + server.getLocalPort())
                  .headerTimeout(Duration.ofMillis(300))
                  .build())) {
        assertTimesOut(failure(() -> upstream.manifest(ALPINE, LATEST)));
      }
      over.countDown();
      trickle.get(30, TimeUnit.SECONDS);
    }
  }

  private static void trickleHeaders(ServerSocket server, CountDownLatch over) {
    try (Socket socket = server.accept()) {
      OutputStream out = socket.getOutputStream();
      for (byte b : Samples.utf8("HTTP/1.1 200 OK\r\nX: " + "x".repeat(1000))) {
        out.write(b);
        if (over.await(20, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone, as it should.
    }
  }

  @Test
  void aBodyThatStallsIsATimeout() throws RegistryException {
    answer = Samples.stallingBlob();
    try (Upstream upstream =
            Upstreams.connect(config().stallTimeout(Duration.ofMillis(200)).build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertTimesOut(failure(() -> drain(blob)));
    }
  }

  @Test
  void aBodyMayTakeLongerThanTheStallTimeout() throws Exception {
    succeeds(
        Duration.ofMillis(500),
        time -> {
          answer = inEightPieces(time.dividedBy(5));
          try (Upstream upstream = Upstreams.connect(config().stallTimeout(time).build());
              UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
            assertThat(drain(blob)).isEqualTo(BLOB);
          }
        });
  }

  private static MockResponse inEightPieces(Duration pause) {
    return Samples.blobAnswer()
        .newBuilder()
        .throttleBody(BLOB.length / 8, pause.toMillis(), TimeUnit.MILLISECONDS)
        .build();
  }

  @Test
  void aSlowReaderCausesNoTimeout() throws Exception {
    succeeds(
        Duration.ofMillis(100),
        time -> {
          try (Upstream upstream = Upstreams.connect(config().stallTimeout(time).build());
              UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
            byte[] first = new byte[1];
            assertThat(blob.read(first, 0, 1)).isEqualTo(1);
            TimeUnit.MILLISECONDS.sleep(3 * time.toMillis());

            assertThat(drain(blob)).hasSize(BLOB.length - 1);
          }
        });
  }

  @Test
  void aBodyThatStallsAfterSlowReadingIsATimeout() throws Exception {
    answer = Samples.stallingBlob();
    try (Upstream upstream =
            Upstreams.connect(config().stallTimeout(Duration.ofMillis(100)).build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      // The watch looks once while no read waits.
      TimeUnit.MILLISECONDS.sleep(150);

      assertTimesOut(failure(() -> drain(blob)));
    }
  }

  @Test
  void aTooSlowBlobIsATimeoutAlthoughNoReadTakesLong() throws Exception {
    succeeds(
        Duration.ofMillis(500),
        time -> {
          answer =
              Samples.blobAnswer()
                  .newBuilder()
                  .throttleBody(10, time.dividedBy(10).toMillis(), TimeUnit.MILLISECONDS)
                  .build();
          try (Upstream upstream = Upstreams.connect(config().stallTimeout(time).build());
              UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
            RegistryException failure = failure(() -> drain(blob));

            assertTimesOut(failure);
            if (!failure.getMessage().contains("too slow")) {
              // A read took long after all.
              throw failure;
            }
          }
        });
  }

  @Test
  void aTooSlowManifestIsATimeout() {
    answer =
        Samples.manifestAnswer().newBuilder().throttleBody(1, 20, TimeUnit.MILLISECONDS).build();
    try (Upstream upstream =
        Upstreams.connect(config().metadataTimeout(Duration.ofMillis(300)).build())) {
      assertTimesOut(failure(() -> upstream.manifest(ALPINE, LATEST)));
    }
  }

  @Test
  void aBlobMayTakeLongerThanItsHeaders() throws Exception {
    succeeds(
        Duration.ofMillis(250),
        time -> {
          answer = inEightPieces(time.dividedBy(5));
          try (Upstream upstream =
                  Upstreams.connect(config().headerTimeout(time).metadataTimeout(time).build());
              UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
            assertThat(drain(blob)).isEqualTo(BLOB);
          }
        });
  }

  @Test
  void anErrorWithASlowBodyKeepsItsStatus() {
    answer =
        Samples.status(403, "x".repeat(8000))
            .newBuilder()
            .throttleBody(1, 100, TimeUnit.MILLISECONDS)
            .build();
    try (Upstream upstream = Upstreams.connect(config().build())) {
      long before = System.nanoTime();

      RegistryException failure = failure(() -> upstream.blob(ALPINE, BLOB_DIGEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
      assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
    }
  }
}
