package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.cistern.server.config.ConfigLoader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HealthcheckCommandTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    ConfigLoader loader =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()));
    return new CommandLineInterface(
            (config, again) -> {},
            (config, variables, listener, work) -> {},
            loader,
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void answer(HttpServer server, String path, int status, String body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private static HttpServer start(int readiness) throws IOException {
    HttpServer server = HttpServer.create(anyPort(), 10);
    answer(server, "/healthz", 200, "{}");
    answer(server, "/readyz", readiness, "{\"status\":\"not ready\"}");
    server.start();
    return server;
  }

  @Test
  void aServerThatAnswersIsHealthy() throws IOException {
    HttpServer server = start(503);
    String url = "http://127.0.0.1:" + server.getAddress().getPort();

    assertThat(run("healthcheck", url + "/")).isZero();
    assertThat(out()).isEqualTo(url + "/healthz answered 200" + System.lineSeparator());
    server.stop(0);
  }

  @Test
  void aServerThatIsNotReadyFailsTheCheckForReadiness() throws IOException {
    HttpServer server = start(503);
    String url = "http://127.0.0.1:" + server.getAddress().getPort();

    assertThat(run("healthcheck", "--ready", url)).isEqualTo(1);
    assertThat(out().lines())
        .containsExactly(url + "/readyz answered 503: {\"status\":\"not ready\"}");
    server.stop(0);
  }

  @Test
  void noServerFailsTheCheckWithOneLine() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket()) {
      closed.bind(anyPort());
      port = closed.getLocalPort();
    }

    assertThat(run("healthcheck", "http://127.0.0.1:" + port)).isEqualTo(1);
    assertThat(out().lines()).singleElement().asString().contains("Connection refused");
  }

  /** As a service is named in a network of Docker Compose. Only a URI takes it for no host. */
  @Test
  void aServerMayHaveAnUnderscoreInItsName() {
    assertThat(run("healthcheck", "--timeout", "1", "http://my_cache.invalid:5000")).isEqualTo(1);
    assertThat(out().lines())
        .singleElement()
        .asString()
        .startsWith("http://my_cache.invalid:5000/healthz: ");
  }

  @Test
  void aServerThatIsSilentFailsTheCheckAfterTheTimeout() throws IOException {
    try (ServerSocket silent = new ServerSocket()) {
      silent.bind(anyPort());

      assertThat(run("healthcheck", "--timeout", "1", "http://127.0.0.1:" + silent.getLocalPort()))
          .isEqualTo(1);
      assertThat(out().lines()).singleElement().asString().contains("timed out");
    }
  }

  @Test
  void theConfiguredServerMayHaveACertificateForAnotherName(@TempDir Path directory)
      throws IOException {
    HeldCertificate own =
        new HeldCertificate.Builder().commonName("cache.example").rsa2048().build();
    HttpsServer server = HttpsServer.create(anyPort(), 10);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            new HandshakeCertificates.Builder().heldCertificate(own).build().sslContext()));
    answer(server, "/healthz", 200, "{}");
    server.start();
    Path config =
        Files.writeString(
            directory.resolve("config.yml"),
            "http: {addr: ':%d', tls: {certificate: a.crt, key: a.key}}"
                .formatted(server.getAddress().getPort()));

    assertThat(run("healthcheck", config.toString())).isZero();
    assertThat(out()).startsWith("https://127.0.0.1:");
    server.stop(0);
  }

  @Test
  void wrongArgumentsAreToldWithTheUsage() {
    for (String url : List.of("ftp://127.0.0.1", "http://:5000", "http:///healthz", "http://a:b")) {
      assertThat(run("healthcheck", url)).as(url).isEqualTo(2);
    }
    assertThat(run("healthcheck", "--timeout", "0")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("Usage: ");
  }

  @Test
  void aHostAndAPortAreNoUrl() {
    assertThat(run("healthcheck", "localhost:27171")).isEqualTo(2);

    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "localhost:27171: the file does not exist; a URL begins with http:// or https://");
  }

  private static final String FOR_CLIENTS_WITH_A_CERTIFICATE =
      "http: {addr: ':5443', tls: {certificate: a.crt, key: a.key, clientcas: [ca.crt]}%s}";

  @Test
  void aServerThatWantsAClientCertificateIsAskedAtItsAddressForOperators(@TempDir Path directory)
      throws IOException {
    HttpServer server = start(503);
    String debug = ", debug: {addr: 'localhost:%d'}".formatted(server.getAddress().getPort());
    Path config =
        Files.writeString(
            directory.resolve("config.yml"), FOR_CLIENTS_WITH_A_CERTIFICATE.formatted(debug));

    assertThat(run("healthcheck", config.toString())).isZero();
    assertThat(run("healthcheck", "--ready", config.toString())).isEqualTo(1);
    assertThat(out()).contains("/healthz answered 200", "/readyz answered 503");
    server.stop(0);
  }

  @Test
  void aServerThatWantsAClientCertificateNeedsAnAddressForOperators(@TempDir Path directory)
      throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("config.yml"), FOR_CLIENTS_WITH_A_CERTIFICATE.formatted(""));

    assertThat(run("healthcheck", config.toString())).isEqualTo(1);
    assertThat(out().lines())
        .containsExactly(
            "the server wants a client certificate; set http.debug.addr and ask its /healthz");
  }
}
