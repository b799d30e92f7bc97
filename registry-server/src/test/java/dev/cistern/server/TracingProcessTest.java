package dev.cistern.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.testing.ServerProcess;
import dev.cistern.server.tracing.OtlpCollector;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own, to see which classes it loads, and what it sends when it is stopped. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TracingProcessTest {

  @TempDir Path directory;

  @Test
  void noClassOfOpenTelemetryIsLoadedUnlessTracingIsOn() throws Exception {
    assertThat(loadedClasses(Map.of()))
        .contains(RegistryServer.class.getName() + " ")
        .doesNotContain("io.opentelemetry");
  }

  @Test
  void spansAreSentWhenASignalStopsTheServer() throws Exception {
    try (OtlpCollector collector = OtlpCollector.start()) {
      String classes =
          loadedClasses(
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT",
                  collector.endpoint(),
                  "OTEL_BSP_SCHEDULE_DELAY",
                  "600000"));

      assertThat(classes).contains("io.opentelemetry.sdk");
      assertThat(collector.await("GET /v2/").service()).isEqualTo("cistern");
      assertThat(collector.await("GET /v2/{name}/manifests/{reference}").attributes())
          .containsEntry("cistern.cache_status", "failed");
    }
  }

  @Test
  void aWrongValueIsAnErrorOfTheConfiguration() throws Exception {
    try (ServerProcess server = serve(Map.of("OTEL_TRACES_EXPORTER", "nonesuch"))) {
      String said = server.rest();
      assertThat(server.exitValue()).as(said).isEqualTo(2);
      assertThat(said)
          .contains("The server cannot start: The variables OTEL_* do not configure tracing")
          .contains("OTEL_TRACES_EXPORTER", "nonesuch")
          .doesNotContain("\tat ");
    }
  }

  /** The names of the classes that a server loads that answers two requests and is stopped. */
  private String loadedClasses(Map<String, String> variables) throws Exception {
    try (ServerProcess server = serve(variables)) {
      URI base = server.uri();
      assertThat(get(base.resolve("/v2/"))).isEqualTo(200);
      assertThat(get(base.resolve("/v2/library/alpine/manifests/3"))).isGreaterThanOrEqualTo(500);
      server.terminate();
      assertThat(server.rest()).contains("Stopped");
      assertThat(server.exitValue()).isZero();
    }
    return Files.readString(directory.resolve("classes"), UTF_8);
  }

  private static int get(URI uri) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private ServerProcess serve(Map<String, String> variables) throws IOException {
    Map<String, String> all = new HashMap<>(variables);
    // The discard port: nothing listens there.
    all.put("REGISTRY_PROXY_REMOTEURL", "http://127.0.0.1:9");
    return ServerProcess.start(
        directory.resolve("storage"),
        all,
        "-Xlog:class+load:file=" + directory.resolve("classes") + "::filecount=0");
  }
}
