package dev.cistern.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.tracing.OtlpCollector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own, to see which classes it loads, and what it sends when it is stopped. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TracingProcessTest {

  private static final Pattern LISTENING =
      Pattern.compile("Listening on (http://127\\.0\\.0\\.1:\\d+/)");

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
    Process server = serve(Map.of("OTEL_TRACES_EXPORTER", "nonesuch"));

    String said = new String(server.getInputStream().readAllBytes(), UTF_8);
    assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).as(said).isEqualTo(2);
    assertThat(said)
        .contains("The server cannot start: The variables OTEL_* do not configure tracing")
        .contains("OTEL_TRACES_EXPORTER", "nonesuch")
        .doesNotContain("\tat ");
  }

  /** The names of the classes that a server loads that answers two requests and is stopped. */
  private String loadedClasses(Map<String, String> environment) throws Exception {
    Process server = serve(environment);
    try {
      BufferedReader log =
          new BufferedReader(new InputStreamReader(server.getInputStream(), UTF_8));
      URI base = URI.create(listening(log));
      assertThat(get(base.resolve("/v2/"))).isEqualTo(200);
      assertThat(get(base.resolve("/v2/library/alpine/manifests/3"))).isGreaterThanOrEqualTo(500);
      // The process itself would close the stream that is read below.
      server.toHandle().destroy();
      CompletableFuture<Long> rest = CompletableFuture.supplyAsync(() -> log.lines().count());
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
      rest.join();
    } finally {
      server.destroyForcibly();
    }
    return Files.readString(directory.resolve("classes"), UTF_8);
  }

  private static int get(URI uri) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private Process serve(Map<String, String> variables) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xlog:class+load:file=" + directory.resolve("classes") + "::filecount=0",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve");
    Map<String, String> environment = command.environment();
    environment.keySet().removeIf(name -> name.startsWith("OTEL_"));
    environment.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    // The discard port: nothing listens there.
    environment.put("REGISTRY_PROXY_REMOTEURL", "http://127.0.0.1:9");
    environment.put(
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.resolve("storage").toString());
    environment.putAll(variables);
    Process server = command.redirectErrorStream(true).start();
    // Reading what it logs cannot be interrupted.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(server::destroyForcibly);
    return server;
  }

  /** Where the process listens, as it says in its log. */
  private static String listening(BufferedReader log) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        return listening.group(1);
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("it does not serve: " + said);
  }
}
