package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.ListenAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The endpoints for probes, beside those of the registry. */
class HealthTest extends ServerTest {

  @Override
  HttpConfig http() {
    return new HttpConfig(
        RunningServer.LOOPBACK.addr(),
        "/registry/",
        Optional.empty(),
        Map.of("X-Extra", List.of("yes")),
        Duration.ZERO,
        HttpLimits.DEFAULT,
        Optional.empty(),
        HttpConfig.Http2.ENABLED,
        Optional.of(
            new DebugConfig(
                new ListenAddress(Optional.of("127.0.0.1"), 0), Optional.of("/metrics"))));
  }

  @Test
  void aServerIsReadySoonAfterItsStart() {
    await(() -> server.get("/readyz").statusCode() == 200);

    assertThat(text(server.get("/readyz")))
        .contains("\"status\":\"ready\"", "\"storage\":\"writable\"")
        .contains("\"upstreams\":{\"up\":1,\"failing\":0}");
    assertThat(text(server.get("/debug/health"))).isEqualTo("{}");
    assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void theEndpointsAreBelowThePrefixToo() {
    assertThat(server.get("/registry/healthz").statusCode()).isEqualTo(200);
    assertThat(server.get("/registry/v2/").statusCode()).isEqualTo(200);
  }

  @Test
  void probesAreNoRequestsOfClients() {
    server.get("/healthz");
    server.get("/readyz");
    assertThat(server.get("/registry/v2/").statusCode()).isEqualTo(200);
    String ok = "cistern_http_requests_total{method=\"GET\",status=\"200\"}";
    await(() -> server.scrape().getOrDefault(ok, 0.0) > 0);

    assertThat(server.scrape()).containsEntry(ok, 1.0);
  }
}
