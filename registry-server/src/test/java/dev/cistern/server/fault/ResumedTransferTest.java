package dev.cistern.server.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.CustomServer;
import dev.cistern.server.Main;
import dev.cistern.server.RegistryServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How much of a blob is asked for again when its transfer breaks off. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ResumedTransferTest {

  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://127\\.0\\.0\\.1:(\\d+)/");
  private static final String PATH = Sample.blobPath(Sample.BLOB);

  @TempDir Path directory;

  @Test
  void bodyCutTwiceArrivesWholeForLittleMoreThanItsBytes() throws IOException {
    try (FaultyRegistry registry =
            FaultyRegistry.start(Faults.named("body cut at half, twice").script());
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory))) {
      Reply reply = Reply.to(server.address(), "GET", PATH);

      assertThat(reply.complete()).isTrue();
      assertThat(reply.body()).isEqualTo(Sample.BLOB);
      assertThat(registry.asks()).hasSize(3);
      assertThat(registry.sent()).isLessThan(Sample.BLOB.length * 13 / 10);
    }
  }

  @Test
  void cacheThatWasKilledGoesOnFromWhatItHad() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start(ResumedTransferTest::sendHalfAtFirst)) {
      killInTheMiddle(registry);
      Process restarted = serve(registry);
      try {
        Reply reply = Reply.to(address(restarted), "GET", PATH);

        assertThat(reply.body()).isEqualTo(Sample.BLOB);
        List<Ask> asks = registry.asks();
        assertThat(asks).hasSize(2);
        assertThat(asks.get(1).from()).isGreaterThan(0);
        assertThat(registry.sent()).isLessThan(Sample.BLOB.length * 13 / 10);
      } finally {
        end(restarted);
      }
    }
  }

  private static void sendHalfAtFirst(Ask ask, Wire wire) throws IOException {
    Answer right = Answer.right(ask);
    wire.head(right);
    if (ask.time() == 1) {
      wire.body(right, 0, right.body().length / 2);
      wire.keepSilent();
    } else {
      wire.body(right, 0, right.body().length);
    }
  }

  private void killInTheMiddle(FaultyRegistry registry) throws Exception {
    Process cache = serve(registry);
    try (Socket client = new Socket()) {
      client.connect(address(cache));
      client
          .getOutputStream()
          .write(("GET " + PATH + " HTTP/1.1\r\nHost: cache\r\n\r\n").getBytes(UTF_8));
      InputStream in = client.getInputStream();
      // What a client has got, the disk has.
      assertThat(in.readNBytes(50_000)).hasSize(50_000);
    } finally {
      end(cache);
    }
  }

  private Process serve(FaultyRegistry registry) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve");
    command
        .environment()
        .putAll(
            Map.of(
                "REGISTRY_HTTP_ADDR",
                "127.0.0.1:0",
                "REGISTRY_PROXY_REMOTEURL",
                "http://" + registry.name(),
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
                directory.toString()));
    Process cache = command.redirectErrorStream(true).start();
    // Reading what it logs cannot be interrupted.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(cache::destroyForcibly);
    return cache;
  }

  /** Where the process listens, as it says in its log. */
  private static InetSocketAddress address(Process cache) throws IOException {
    BufferedReader log = new BufferedReader(new InputStreamReader(cache.getInputStream(), UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        return new InetSocketAddress(
            InetAddress.getLoopbackAddress(), Integer.parseInt(listening.group(1)));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("it does not serve: " + said);
  }

  private static void end(Process cache) throws InterruptedException {
    cache.destroyForcibly();
    assertThat(cache.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }
}
