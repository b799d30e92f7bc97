package dev.cistern.server.http;

import static dev.cistern.server.http.ServerTest.assertError;
import static dev.cistern.server.http.ServerTest.header;
import static dev.cistern.server.http.ServerTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One server of several upstreams, as a configuration file describes it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SeveralRegistriesTest {

  private static final String TAG = "/v2/team/app/manifests/v1";

  @TempDir private Path directory;
  private FakeUpstream hub;
  private FakeUpstream github;
  private FakeUpstream third;
  private RunningServer server;

  private final byte[] ofHub = manifest("hub");
  private final byte[] ofGithub = manifest("github");
  private final byte[] ofThird = manifest("third");

  @BeforeEach
  void start() throws Exception {
    hub = FakeUpstream.start();
    github = FakeUpstream.start();
    third = FakeUpstream.start();
    hub.manifest("team/app", "v1", Samples.OCI_MANIFEST, ofHub);
    hub.manifest("library/alpine", "v1", Samples.OCI_MANIFEST, ofHub);
    github.manifest("team/app", "v1", Samples.OCI_MANIFEST, ofGithub);
    third.manifest("team/app", "v1", Samples.OCI_MANIFEST, ofThird);
    server = RunningServer.start(config(upstreams("")));
  }

  @AfterEach
  void stop() throws IOException {
    hub.close();
    github.close();
    third.close();
    server.close();
  }

  private static byte[] manifest(String name) {
    return "{\"schemaVersion\":2,\"layers\":[],\"annotations\":{\"from\":\"%s\"}}"
        .formatted(name)
        .getBytes(StandardCharsets.UTF_8);
  }

  private String upstreams(String more) {
    return """
        version: 0.1
        storage: {inmemory: {}}
        http: {addr: '127.0.0.1:0'}
        proxy:
          name: docker.io
          remoteurl: %s
          hosts: {github.cache.example: ghcr.io}
          upstreams:
            - name: ghcr.io
              remoteurl: %s
              deny: ['secret/*']
              digestonly: ['prod/*']
            - name: registry.example.com:5000
              remoteurl: %s
        """
            .formatted(hub.uri(), github.uri(), third.uri())
        + more;
  }

  private ServerConfig config(String yaml) throws IOException, ConfigException {
    Path file = Files.writeString(directory.resolve("config.yml"), yaml);
    return new ConfigLoader(InstalledDrivers.keys()).load(file, Map.of()).config();
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/team/app/manifests/v1, hub",
    "/v2/docker.io/team/app/manifests/v1, hub",
    "/v2/alpine/manifests/v1, hub",
    "/v2/docker.io/alpine/manifests/v1, hub",
    "/index.docker.io/v2/alpine/manifests/v1, hub",
    "/v2/team/app/manifests/v1?ns=docker.io, hub",
    "/v2/ghcr.io/team/app/manifests/v1, github",
    "/ghcr.io/v2/team/app/manifests/v1, github",
    "/v2/team/app/manifests/v1?ns=ghcr.io, github",
    "/v2/team/app/manifests/v1?ns=GHCR.io, github",
    "/v2/ghcr.io/team/app/manifests/v1?ns=docker.io, github",
    "/v2/registry.example.com:5000/team/app/manifests/v1, third",
    "/v2/registry.example.com%3A5000/team/app/manifests/v1, third",
    "/v2/registry.example.com_5000/team/app/manifests/v1, third",
    "/v2/team/app/manifests/v1?ns=registry.example.com:5000, third",
    "/v2/team/app/manifests/v1?ns=registry.example.com%3A5000, third"
  })
  void aRequestIsAnsweredByTheUpstreamThatItNames(String path, String name) {
    for (int pull = 0; pull < 2; pull++) {
      HttpResponse<byte[]> answer = server.get(path);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(text(answer)).isEqualTo(new String(manifest(name), StandardCharsets.UTF_8));
    }
  }

  @Test
  void theHostNamesAnUpstreamIfTheConfigurationSaysSo() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("GET " + TAG + " HTTP/1.1\r\nHost: github.cache.example:5000\r\n\r\n");
      assertThat(client.head().status()).isEqualTo(200);
    }
    assertThat(github.requests()).isNotEmpty();
    assertThat(hub.requests()).isEmpty();
  }

  @Test
  void theNamespaceIsAnswered() {
    assertThat(header(server.get(TAG + "?ns=ghcr.io"), "OCI-Namespace")).isEqualTo("ghcr.io");
    assertThat(header(server.get("/v2/no/app/manifests/v1?ns=ghcr.io"), "OCI-Namespace"))
        .isEqualTo("ghcr.io");
    assertThat(header(server.get(TAG), "OCI-Namespace")).isEqualTo("(none)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TAG + "?ns=quay.io",
        "/v2/team/app/tags/list?ns=quay.io",
        "/v2/_catalog?ns=quay.io",
        TAG + "?ns=127.0.0.1:1"
      })
  void whatIsOfNoUpstreamIsNotAnsweredByAnother(String path) {
    assertError(server.get(path), 404, "NAME_UNKNOWN");
    assertThat(hub.requests()).isEmpty();
    assertThat(github.requests()).isEmpty();
  }

  @Test
  void theBaseIsForClientsOfAllRegistries() {
    assertThat(server.get("/v2/?ns=quay.io").statusCode()).isEqualTo(200);
    assertThat(server.get("/ghcr.io/v2/").statusCode()).isEqualTo(200);
  }

  @Test
  void theCatalogUsesNamesThatClientsCanAskBy() throws IOException {
    server.get(TAG);
    server.get(TAG + "?ns=ghcr.io");
    server.get(TAG + "?ns=registry.example.com:5000");
    server.awaitListed(3);

    assertThat(text(server.get("/v2/_catalog")))
        .isEqualTo(
            "{\"repositories\":[\"ghcr.io/team/app\",\"registry.example.com_5000/team/app\","
                + "\"team/app\"]}");
    assertThat(text(server.get("/v2/_catalog?ns=ghcr.io")))
        .isEqualTo("{\"repositories\":[\"team/app\"]}");
    assertThat(text(server.get("/ghcr.io/v2/_catalog")))
        .isEqualTo("{\"repositories\":[\"team/app\"]}");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/ghcr.io/team/app/tags/list, '', ghcr.io/team/app",
    "/ghcr.io/v2/team/app/tags/list, '', team/app",
    "/v2/team/app/tags/list, ns=ghcr.io, team/app"
  })
  void theListOfTagsAndItsLinkHaveTheNameThatTheClientUsed(String path, String ns, String name) {
    github.on(
        "/v2/team/app/tags/list",
        (request, reply) ->
            reply.whole(
                200,
                "{\"name\":\"x\",\"tags\":[\"a\"]}".getBytes(StandardCharsets.UTF_8),
                "Content-Type: application/json",
                "Link: </v2/team/app/tags/list?n=1&last=a>; rel=\"next\""));

    HttpResponse<byte[]> answer = server.get(path + "?n=1" + (ns.isEmpty() ? "" : "&" + ns));

    assertThat(text(answer)).isEqualTo("{\"name\":\"" + name + "\",\"tags\":[\"a\"]}");
    assertThat(header(answer, "Link"))
        .isEqualTo("<" + path + "?n=1&last=a" + (ns.isEmpty() ? "" : "&" + ns) + ">; rel=\"next\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/ghcr.io/secret/app/manifests/v1, deny: secret/*",
    "/v2/ghcr.io/secret/app/tags/list, deny: secret/*",
    "/v2/ghcr.io/prod/app/manifests/v1, digestonly: prod/*"
  })
  void aDeniedPullNamesTheRuleAndIsNotAskedUpstream(String path, String rule) {
    HttpResponse<byte[]> answer = server.get(path);

    assertError(answer, 403, "DENIED");
    assertThat(text(answer)).contains(rule);
    assertThat(github.requests()).isEmpty();
  }

  @Test
  void aReloadAddsAndRemovesUpstreamsWhilePullsGoOn() throws Exception {
    byte[] layer = Samples.bytes(500_000, 1);
    Tap tap = new Tap();
    Digest digest = github.blob("team/app", layer, tap);
    CompletableFuture<HttpResponse<byte[]>> pull =
        server.askLater("GET", "/v2/ghcr.io/team/app/blobs/" + digest);
    ServerTest.await(() -> github.count("GET", "/v2/team/app/blobs/" + digest) == 1);

    server.reload(
        config(
            "storage: {inmemory: {}}\nproxy: {name: docker.io, remoteurl: '"
                + hub.uri()
                + "', upstreams: [{name: quay.io, remoteurl: '"
                + third.uri()
                + "'}]}"));

    assertThat(text(server.get(TAG + "?ns=quay.io")))
        .isEqualTo(new String(ofThird, StandardCharsets.UTF_8));
    assertError(server.get(TAG + "?ns=ghcr.io"), 404, "NAME_UNKNOWN");
    tap.open();
    assertThat(pull.join().body()).isEqualTo(layer);
  }

  @Test
  void aReloadNamesTheSectionsThatNeedARestart() throws Exception {
    try (LoggedLines logged = new LoggedLines()) {
      server.reload(
          config(
              "storage: {inmemory: {}}\nhealth: {storagedriver: {interval: 77s}}\n"
                  + "log: {level: warn}\nproxy: {name: docker.io, remoteurl: '"
                  + hub.uri()
                  + "'}"));

      assertThat(logged.lines())
          .filteredOn(line -> line.startsWith("Restart the server"))
          .singleElement()
          .asString()
          .contains("log, health")
          .doesNotContain("storage", "auth");
    }
  }

  @Test
  void aReloadThatFailsChangesNothing() throws Exception {
    ServerConfig wrong =
        config(
            "storage: {inmemory: {}}\nproxy: {remoteurl: '"
                + third.uri()
                + "', username: jane, passwordfile: '"
                + directory.resolve("none")
                + "'}");

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> server.reload(wrong))
        .withMessageContaining("proxy.passwordfile");

    assertThat(text(server.get(TAG))).isEqualTo(new String(ofHub, StandardCharsets.UTF_8));
    assertThat(text(server.get(TAG + "?ns=ghcr.io")))
        .isEqualTo(new String(ofGithub, StandardCharsets.UTF_8));
  }
}
