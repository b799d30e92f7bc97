package dev.cistern.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.ListenAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DebugListenerTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static DebugConfig at(int port, Optional<String> path) {
    return new DebugConfig(new ListenAddress(Optional.of("127.0.0.1"), port), path);
  }

  private static HttpResponse<String> get(DebugListener listener, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
    return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void metricsAreServedInTheTextFormat() throws Exception {
    ServerMetrics metrics = new ServerMetrics();
    metrics.answered("GET", 200, 10);
    metrics.answered("GET", 200, 5);
    metrics.rateLimit("registry-1.docker.io", 100, 42);
    try (DebugListener listener = DebugListener.start(at(0, Optional.of("/metrics")), metrics)) {
      HttpResponse<String> answer = get(listener, "/metrics");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain");
      assertThat(answer.body())
          .contains("cistern_http_requests_total{method=\"GET\",status=\"200\"} 2.0")
          .contains("cistern_http_response_bytes_total 15.0")
          .contains("cistern_upstream_ratelimit_limit{upstream=\"registry-1.docker.io\"} 100.0")
          .contains("cistern_upstream_ratelimit_remaining{upstream=\"registry-1.docker.io\"} 42.0");
    }
  }

  @Test
  void methodsThatClientsMakeUpShareOneLabel() throws Exception {
    ServerMetrics metrics = new ServerMetrics();
    metrics.answered("BREW", 405, 0);
    metrics.answered("STEEP", 405, 0);
    try (DebugListener listener = DebugListener.start(at(0, Optional.of("/m")), metrics)) {
      assertThat(get(listener, "/m").body())
          .contains("cistern_http_requests_total{method=\"other\",status=\"405\"} 2.0")
          .doesNotContain("BREW");
    }
  }

  @Test
  void thereAreNoMetricsUnlessTheyAreEnabled() throws Exception {
    try (DebugListener listener =
        DebugListener.start(at(0, Optional.empty()), new ServerMetrics())) {
      assertThat(get(listener, "/metrics").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void anAddressInUseIsToldByItsKey() throws Exception {
    ServerMetrics metrics = new ServerMetrics();
    try (DebugListener first = DebugListener.start(at(0, Optional.empty()), metrics)) {
      assertThatThrownBy(
              () -> DebugListener.start(at(first.address().getPort(), Optional.empty()), metrics))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("http.debug.addr: cannot listen on 127.0.0.1:");
    }
  }
}
