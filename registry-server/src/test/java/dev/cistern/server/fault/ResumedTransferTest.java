package dev.cistern.server.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import dev.cistern.server.testing.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How much of a blob is asked for again when its transfer breaks off. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ResumedTransferTest {

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
      try (ServerProcess restarted = serve(registry)) {
        Reply reply = Reply.to(restarted.address(), "GET", PATH);

        assertThat(reply.body()).isEqualTo(Sample.BLOB);
        List<Ask> asks = registry.asks();
        assertThat(asks).hasSize(2);
        assertThat(asks.get(1).from()).isGreaterThan(0);
        assertThat(registry.sent()).isLessThan(Sample.BLOB.length * 13 / 10);
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
    try (ServerProcess cache = serve(registry);
        Socket client = new Socket()) {
      client.connect(cache.address());
      client
          .getOutputStream()
          .write(("GET " + PATH + " HTTP/1.1\r\nHost: cache\r\n\r\n").getBytes(UTF_8));
      InputStream in = client.getInputStream();
      // What a client has got, the disk has.
      assertThat(in.readNBytes(50_000)).hasSize(50_000);
    }
  }

  private ServerProcess serve(FaultyRegistry registry) throws IOException {
    return ServerProcess.start(
        directory, Map.of("REGISTRY_PROXY_REMOTEURL", "http://" + registry.name()));
  }
}
