package dev.cistern.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a cache does without its upstream, and how it finds out that it is back. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AbsentUpstreamTest {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final String TAG = Sample.manifestPath(Sample.TAG);
  private static final String OTHER_TAG = Sample.manifestPath("other");

  private static final FaultyRegistry.Script SILENT = (ask, wire) -> wire.keepSilent();
  private static final FaultyRegistry.Script WORKING = (ask, wire) -> wire.send(Answer.right(ask));

  @TempDir Path scratch;

  private final MemoryDriver driver = new MemoryDriver();

  @BeforeEach
  void cacheEverything() throws IOException {
    Sample.store(driver, scratch);
  }

  private RegistryServer start(String upstream) throws IOException {
    String url = "http://" + upstream;
    return CustomServer.start(
        url,
        Map.of("REGISTRY_PROXY_NEGATIVETTL", "0s"),
        cache ->
            cache
                .upstream(UpstreamConfig.builder(url).headerTimeout(Duration.ofMillis(400)).build())
                .freshness(new FreshnessPolicy(Duration.ZERO, Duration.ofMillis(200)))
                .storage(driver)
                .spoolDirectory(scratch));
  }

  private static Reply get(RegistryServer server, String path) throws IOException {
    return Reply.to(server.address(), "GET", path);
  }

  private static boolean isStale(Reply reply) {
    return reply.status() == 200 && reply.header("Warning").isPresent();
  }

  private static boolean isRefusedUnasked(Reply reply) {
    return reply.status() == 502 && reply.text().contains("it is failing (last error: ");
  }

  /**
   * Asks until the answer is as expected. Each answer takes its time. The deadline is necessary:
   * the timeout of JUnit does not end a loop over sockets.
   */
  private static void askUntil(RegistryServer server, String path, Predicate<Reply> expected)
      throws IOException {
    long start = System.nanoTime();
    Reply reply = get(server, path);
    while (!expected.test(reply)) {
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("the last answer was %s %s", reply.status(), reply.text())
          .isLessThan(DEADLINE);
      reply = get(server, path);
    }
  }

  private static long millisFor(RegistryServer server, String path) throws IOException {
    long start = System.nanoTime();
    assertThat(isStale(get(server, path))).isTrue();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  @Test
  void cachedTagIsNotHeldUpByASilentUpstream() throws IOException {
    AtomicReference<FaultyRegistry.Script> upstream = new AtomicReference<>(SILENT);
    try (FaultyRegistry registry =
            FaultyRegistry.start((ask, wire) -> upstream.get().play(ask, wire));
        RegistryServer server = start(registry.name())) {
      assertThat(millisFor(server, TAG)).isLessThan(3_500);

      askUntil(server, OTHER_TAG, AbsentUpstreamTest::isRefusedUnasked);

      long fastest = Long.MAX_VALUE;
      for (int i = 0; i < 10; i++) {
        fastest = Math.min(fastest, millisFor(server, TAG));
      }
      assertThat(fastest).isLessThan(100);

      upstream.set(WORKING);
      askUntil(server, TAG, reply -> !isStale(reply));
    }
  }

  @Test
  void cacheStartsWithoutItsUpstreamAndTakesNoteOfItsReturn() throws IOException {
    try (Socket taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = taken.getLocalPort();
      try (RegistryServer server = start("127.0.0.1:" + port)) {
        assertThat(isStale(get(server, TAG))).isTrue();
        assertThat(get(server, Sample.blobPath(Sample.BLOB)).body()).isEqualTo(Sample.BLOB);
        askUntil(server, OTHER_TAG, AbsentUpstreamTest::isRefusedUnasked);
        free(taken);

        long start = System.nanoTime();
        try (FaultyRegistry registry =
            FaultyRegistry.start(ServerSocketFactory.getDefault(), port, WORKING)) {
          registry.awaitAsk();
          askUntil(server, TAG, reply -> !isStale(reply));
          assertThat(Duration.ofNanos(System.nanoTime() - start))
              .isLessThan(Duration.ofSeconds(15));
          assertThat(get(server, OTHER_TAG).status()).isEqualTo(404);
        }
      }
    }
  }

  @Test
  void imageThatAlwaysFailsDoesNotShutOutTheOthers() throws IOException {
    FaultyRegistry.Script broken =
        (ask, wire) ->
            wire.send(ask.path().contains("/broken/") ? Answer.refusal(500) : Answer.right(ask));
    try (FaultyRegistry registry = FaultyRegistry.start(broken);
        RegistryServer server = start(registry.name())) {
      askUntil(server, "/v2/broken/manifests/latest", AbsentUpstreamTest::isRefusedUnasked);

      askUntil(server, TAG, reply -> !isStale(reply));
    }
  }

  private static void free(Socket port) throws IOException {
    port.close();
  }
}
