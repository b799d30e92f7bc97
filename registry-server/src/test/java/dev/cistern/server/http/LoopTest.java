package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache whose upstream is the cache itself. */
class LoopTest {

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static RunningServer ofItself() throws IOException {
    int port = freePort();
    ProxyConfig proxy =
        ProxyConfig.of(
            RunningServer.registry(
                URI.create("http://127.0.0.1:" + port), CredentialsConfig.DEFAULT));
    return RunningServer.start(
        new ServerConfig(
            LogConfig.DEFAULT, RunningServer.inMemory(), RunningServer.listening(port), proxy));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/library/alpine/manifests/latest",
        "/v2/library/alpine/manifests/"
            + "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "/v2/library/alpine/tags/list"
      })
  void failsAtOnceWithTheReason(String path) throws IOException {
    try (RunningServer server = ofItself()) {
      HttpResponse<byte[]> answer = server.get(path);

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(new String(answer.body(), StandardCharsets.UTF_8))
          .contains("508")
          .contains("proxy.remoteurl");
    }
  }

  @Test
  void theViaOfOthersIsNoLoop() throws IOException {
    try (RunningServer server = ofItself()) {
      assertThat(server.get("/v2/", "Via", "1.1 cistern-other, 1.0 squid").statusCode())
          .isEqualTo(200);
    }
  }
}
