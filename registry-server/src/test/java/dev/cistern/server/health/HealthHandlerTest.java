package dev.cistern.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.server.config.HealthConfig;
import dev.cistern.server.health.HealthHandler.Audience;
import io.undertow.Undertow;
import io.undertow.server.handlers.ResponseCodeHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HealthHandlerTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final BreakableDriver driver = new BreakableDriver();
  private final StorageProbe probe =
      new StorageProbe(driver, HealthConfig.DEFAULT, System::nanoTime);
  private final CacheHealth events = new CacheHealth();
  private volatile DiskUsage usage = new DiskUsage(0, 0, 0, true);
  private final Health health =
      new Health("filesystem", probe, events, () -> usage, Set.of("registry-1.docker.io"));
  private final Undertow server =
      Undertow.builder()
          .setIoThreads(1)
          .setWorkerThreads(1)
          .addHttpListener(
              0,
              "127.0.0.1",
              new HealthHandler(
                  health,
                  Audience.OPERATORS,
                  "",
                  new HealthHandler(
                      health, Audience.PUBLIC, "/public", ResponseCodeHandler.HANDLE_404)))
          .build();

  @BeforeEach
  void start() {
    server.start();
    probe.check();
  }

  @AfterEach
  void stop() throws IOException {
    server.stop();
    probe.close();
    driver.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return ask("GET", path);
  }

  @Test
  void aServerThatWorksIsAliveAndReady() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"alive\"}");
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body())
        .isEqualTo(
            "{\"status\":\"ready\",\"storage\":\"writable\",\"index\":\"complete\","
                + "\"stopping\":false,"
                + "\"upstreams\":[{\"name\":\"registry-1.docker.io\",\"state\":\"up\"}],"
                + "\"problems\":[]}");
    assertThat(get("/debug/health").statusCode()).isEqualTo(200);
    assertThat(get("/debug/health").body()).isEqualTo("{}");
  }

  @Test
  void storageThatIsNotWritableMakesItUnreadyAndNotDead() throws Exception {
    driver.fail(new IOException("No space left on device"));
    probe.check();

    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body())
        .contains("\"status\":\"not ready\"", "\"storage\":\"failing\"", "No space left on device");
    assertThat(get("/debug/health").statusCode()).isEqualTo(503);
    assertThat(get("/debug/health").body())
        .startsWith("{\"storagedriver_filesystem\":\"storage: failing: ")
        .contains("No space left on device");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void aServerThatIsStoppingIsNotReady() throws Exception {
    health.stop();

    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).contains("\"stopping\":true", "the server is stopping");
    assertThat(get("/debug/health").statusCode()).isEqualTo(503);
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void contentThatIsBeingCountedDoesNotMakeItUnready() throws Exception {
    usage = new DiskUsage(0, 0, 0, false);

    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body()).contains("\"index\":\"counting\"");
  }

  @Test
  void contentThatCannotBeListedDoes() throws Exception {
    usage = new DiskUsage(0, 0, 0, false);
    events.storageFailed(StorageFault.SWEEP, "Could not list", new IOException("broken"));

    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).contains("\"index\":\"failing\"");
    assertThat(get("/debug/health").body()).contains("\"index\":\"", "broken");

    usage = new DiskUsage(0, 0, 0, true);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void aFailingUpstreamIsReportedAndNotRequired() throws Exception {
    events.upstreamDown("registry-1.docker.io", "connection refused");

    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body())
        .contains("\"state\":\"failing\",\"error\":\"connection refused\"");

    events.upstreamUp("registry-1.docker.io");
    assertThat(get("/readyz").body()).contains("\"state\":\"up\"");
  }

  @Test
  void thePublicSeesNeitherNamesNorMessages() throws Exception {
    events.upstreamDown("registry-1.docker.io", "connection refused");
    driver.fail(new IOException("/var/lib/cistern is broken"));
    probe.check();

    assertThat(get("/public/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/public/readyz").body())
        .contains("\"upstreams\":{\"up\":0,\"failing\":1}", "\"problems\":[\"storage: failing\"]")
        .doesNotContain("docker.io", "refused", "/var/lib");
    assertThat(get("/public/debug/health").body())
        .isEqualTo("{\"storagedriver_filesystem\":\"storage: failing\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/healthz", "/readyz", "/debug/health"})
  void onlyReadsAreAllowedAndNothingIsCached(String path) throws Exception {
    HttpResponse<String> head = ask("HEAD", path);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(head.headers().firstValue("Content-Type")).contains("application/json");

    HttpResponse<String> post = ask("POST", path);
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @Test
  void otherPathsAreHandedOn() throws Exception {
    assertThat(get("/healthz/").statusCode()).isEqualTo(404);
    assertThat(get("/v2/").statusCode()).isEqualTo(404);
  }
}
