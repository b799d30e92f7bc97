package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName(
    "RFC 9113 §5.4.2: a request of HTTP/2 that its client takes back is not wanted any more")
class Http2CancellationsTest extends ServerTest {

  /** More than the cache has threads for one kind of upstream request. */
  private static final int BUSY = 64;

  private static final int TAKEN_BACK = 30;

  @TempDir static Path tls;

  private final CountDownLatch gate = new CountDownLatch(1);

  @Override
  HttpConfig http() {
    return Https.config(tls, HttpConfig.Http2.ENABLED);
  }

  private String held(int i) {
    String path = manifestPath("t" + i);
    upstream.on(
        path,
        (request, reply) -> {
          gate.await();
          reply.whole(404, new byte[0]);
        });
    return path;
  }

  private long asked(int first, int end) {
    long asked = 0;
    for (int i = first; i < end; i++) {
      asked +=
          upstream.count("GET", manifestPath("t" + i))
              + upstream.count("HEAD", manifestPath("t" + i));
    }
    return asked;
  }

  @Test
  void itIsNotSentUpstream() throws IOException {
    try (Http2Frames client = Http2Frames.connect(server.address().getPort())) {
      client.settings();
      int stream = 1;
      for (int i = 0; i < BUSY; i++, stream += 2) {
        client.get(stream, held(i));
      }
      await(() -> asked(0, BUSY) == BUSY);
      int waiting = stream;
      for (int i = BUSY; i < BUSY + TAKEN_BACK; i++, stream += 2) {
        client.get(stream, held(i));
      }
      for (int i = waiting; i < stream; i += 2) {
        client.reset(i);
      }
      // What came before this has been seen when this is answered.
      client.get(stream, "/v2/");
      client.await(Http2Frames.DATA, stream);
      gate.countDown();
      stream += 2;
      client.get(stream, manifestPath("absent"));
      client.await(Http2Frames.DATA, stream);

      assertThat(asked(BUSY, BUSY + TAKEN_BACK)).isZero();
    }
  }

  @Test
  void itIsNotAnsweredWithAReset() throws IOException {
    try (Http2Frames client = Http2Frames.connect(server.address().getPort())) {
      client.settings();
      client.get(1, held(0));
      client.reset(1);
      client.get(3, "/v2/");
      assertThat(client.kindsUpTo(Http2Frames.DATA, 3)).doesNotContain(Http2Frames.RST_STREAM);
      gate.countDown();
    }
  }

  @Test
  void itMakesRoomForOthersOfItsConnection() throws IOException {
    try (Http2Frames client = Http2Frames.connect(server.address().getPort())) {
      client.settings();
      int stream = 1;
      for (int i = 0; i < 150; i++, stream += 2) {
        client.get(stream, held(i));
        client.reset(stream);
      }
      client.get(stream, "/v2/");
      client.await(Http2Frames.DATA, stream);
      gate.countDown();
    }
  }
}
