package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache whose upstream is the cache itself, directly or through another cache. */
class LoopTest {

  private static final String BLOB =
      "/v2/library/alpine/blobs/"
          + "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8b";

  private final List<KeptPort> kept = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (KeptPort port : kept) {
      port.close();
    }
  }

  private int freePort() throws IOException {
    KeptPort port = new KeptPort();
    kept.add(port);
    return port.number();
  }

  private RunningServer ofItself() throws IOException {
    int port = freePort();
    return over(port, port);
  }

  private static RunningServer over(int upstream, int port) throws IOException {
    ProxyConfig proxy =
        ProxyConfig.of(
            RunningServer.registry(
                URI.create("http://127.0.0.1:" + upstream), CredentialsConfig.DEFAULT));
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

      assertThat(answer.statusCode()).isEqualTo(508);
      assertThat(new String(answer.body(), StandardCharsets.UTF_8))
          .contains("508")
          .contains("proxy.remoteurl");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/library/alpine/manifests/latest",
        "/v2/library/alpine/manifests/"
            + "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "/v2/library/alpine/tags/list",
        BLOB
      })
  void throughAnotherCacheFailsAtOnceToo(String path) throws IOException {
    int first = freePort();
    int second = freePort();
    try (RunningServer server = over(second, first);
        RunningServer other = over(first, second)) {
      for (RunningServer each : List.of(server, other)) {
        HttpResponse<byte[]> answer = each.get(path);

        assertThat(answer.statusCode()).isEqualTo(508);
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("answered 508");
      }
    }
  }

  @Test
  void aChainOfCachesIsNoLoop() throws IOException {
    byte[] manifest = "{\"schemaVersion\":2,\"layers\":[]}".getBytes(StandardCharsets.UTF_8);
    try (FakeUpstream registry = FakeUpstream.start()) {
      registry.manifest("library/alpine", "latest", "application/json", manifest);
      int middle = freePort();
      try (RunningServer second = over(registry.uri().getPort(), middle);
          RunningServer first = over(middle, freePort())) {
        String path = "/v2/library/alpine/manifests/latest";
        String mine = "1.1 cistern-44136fa3-55b3-678a-1146-ad16f7e8649e";

        assertThat(first.get(path, "Via", mine + ", 1.1 proxy.lan").body()).isEqualTo(manifest);

        assertThat(second.get(path).statusCode()).isEqualTo(200);
        assertThat(registry.requests().get(0).header("via").orElseThrow())
            .matches(mine + ", 1.1 cistern-[0-9a-f-]{36}, 1.1 cistern-[0-9a-f-]{36}");
      }
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
