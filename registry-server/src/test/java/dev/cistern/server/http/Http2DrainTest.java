package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How connections of HTTP/2 end when the server stops. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class Http2DrainTest {

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;

  @Test
  void theClientGetsItsAnswerAndIsThenToldToGoAway(@TempDir Path directory) throws Exception {
    Tap tap = new Tap();
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    HttpConfig https = Https.config(directory, HttpConfig.Http2.ENABLED);
    HttpConfig http =
        new HttpConfig(
            https.addr(),
            https.prefix(),
            https.host(),
            https.headers(),
            Duration.ofSeconds(50),
            https.limits(),
            https.tls(),
            https.http2(),
            https.debug());
    try (FakeUpstream upstream = FakeUpstream.start()) {
      Digest digest = upstream.blob("library/alpine", content, tap);
      tap.openTo(150_000);
      RunningServer server =
          RunningServer.start(
              RunningServer.config(upstream, RunningServer.inDirectory(directory), http));
      try (Http2Frames client = Http2Frames.connect(server.address().getPort());
          Http2Frames idle = Http2Frames.connect(server.address().getPort())) {
        client.settings(1_000_000);
        client.frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(1_000_000).array());
        client.get(1, "/v2/library/alpine/blobs/" + digest);
        idle.settings();
        client.await(HEADERS, 1);
        CompletableFuture<Void> stopped =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    server.stop();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });

        assertThat(idle.await(GOAWAY, 0)).isNotEmpty();
        idle.awaitClosed();
        assertThat(stopped).isNotDone();
        tap.open();

        int received = 0;
        while (received < content.length) {
          received += client.await(DATA, 1).length;
        }
        assertThat(received).isEqualTo(content.length);
        assertThat(client.await(GOAWAY, 0)).isNotEmpty();
        stopped.join();
      }
    }
  }
}
