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
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import mockwebserver3.MockResponse;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Connections, threads and calls: how many, and what is left of them. */
@Timeout(60)
@Isolated("it looks at all threads of the machine")
class ClosingTest {

  @Test
  void endsCallsInProgressAndRefusesLaterOnes() throws Exception {
    MockResponse stalling = Samples.stallingBlob();
    CountDownLatch reading = new CountDownLatch(1);
    try (FakeServer registry = FakeServer.start(request -> stalling)) {
      Upstream upstream = Upstreams.connect(UpstreamConfig.builder(registry.url()).build());
      UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST);
      CompletableFuture<RegistryException> ended =
          CompletableFuture.supplyAsync(
              () ->
                  failure(
                      () -> {
                        reading.countDown();
                        drain(blob);
                      }));
      reading.await();

      upstream.close();

      assertThat(ended.get(10, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.UNAVAILABLE);
      blob.close();
      upstream.close();
    }
  }

  @Test
  void leavesNoCallOpen() throws Exception {
    try (FakeServer server = FakeServer.start(request -> Samples.status(500, "x"));
        Transport transport =
            new Transport(
                UpstreamConfig.builder(server.url()).build(),
                client -> client,
                PrivateAddresses::contains)) {
      Request request = new Request.Builder().url(server.url()).build();
      for (DeadlineScope patience : DeadlineScope.values()) {
        try (Exchange answer = transport.send(request, patience)) {
          assertThat(answer.status()).isEqualTo(500);
          assertThat(transport.openCalls()).isEqualTo(1);
        }
        assertThat(transport.openCalls()).isZero();
      }
    }
  }

  @Test
  void parallelTransfersReuseTheirConnections() throws Exception {
    int parallel = 16;
    ExecutorService threads = Executors.newFixedThreadPool(parallel);
    try (FakeServer registry = FakeServer.start(request -> Samples.blobAnswer());
        Upstream upstream = Upstreams.connect(UpstreamConfig.builder(registry.url()).build())) {
      for (int round = 0; round < 4; round++) {
        List<Future<byte[]>> transfers = new ArrayList<>();
        for (int i = 0; i < parallel; i++) {
          transfers.add(
              threads.submit(
                  () -> {
                    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
                      return drain(blob);
                    }
                  }));
        }
        for (Future<byte[]> transfer : transfers) {
          assertThat(transfer.get(30, TimeUnit.SECONDS)).isEqualTo(BLOB);
        }
      }
      Set<Integer> connections =
          registry.requests().stream()
              .map(request -> request.getConnectionIndex())
              .collect(Collectors.toSet());
      assertThat(connections).hasSizeLessThanOrEqualTo(parallel);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void noThreadKeepsTheProcessAlive() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (FakeServer registry =
            FakeServer.startTls(TestTls.SERVER, request -> Samples.manifestAnswer());
        Upstream upstream =
            TestTls.connect(
                UpstreamConfig.builder("https://r.example.com:" + registry.port())
                    .httpVersion(HttpVersion.HTTP_2)
                    .build())) {
      upstream.manifest(ALPINE, LATEST);

      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> !before.contains(thread))
          .filteredOn(thread -> !thread.getName().startsWith("MockWebServer"))
          .allMatch(Thread::isDaemon);
    }
  }

  @Test
  void theVersionOfHttpIsChosen() throws Exception {
    try (FakeServer registry =
        FakeServer.startTls(TestTls.SERVER, request -> Samples.blobAnswer())) {
      UpstreamConfigBuilder config =
          UpstreamConfig.builder("https://r.example.com:" + registry.port());
      for (HttpVersion version : HttpVersion.values()) {
        try (Upstream upstream = TestTls.connect(config.httpVersion(version).build());
            UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
          assertThat(drain(blob)).isEqualTo(BLOB);
        }
      }
      assertThat(registry.requests())
          .extracting(request -> request.getVersion())
          .containsExactly("HTTP/1.1", "HTTP/2");
    }
  }
}
