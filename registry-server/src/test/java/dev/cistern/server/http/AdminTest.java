package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.AdminConfig;
import dev.cistern.server.config.ClientsConfig;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.config.PeersConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UnusableConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.bcrypt.BCrypt;

/** The status page and the admin API, over sockets. */
class AdminTest extends ServerTest {

  private static final String HOSTILE = "<script>alert(1)</script>&\\\"'";
  private static final String PASSWORD = "s3cret";

  private static ListenAddress at(String host) {
    return new ListenAddress(Optional.of(host), 0);
  }

  private static HttpConfig http(Optional<ListenAddress> debug, AdminConfig admin) {
    return new HttpConfig(
        at("127.0.0.1"),
        "/",
        Optional.empty(),
        Map.of(),
        Duration.ZERO,
        Duration.ZERO,
        HttpLimits.DEFAULT,
        Optional.empty(),
        HttpConfig.Http2.ENABLED,
        debug.map(addr -> new DebugConfig(addr, Optional.of("/metrics"))),
        ClientsConfig.DEFAULT,
        admin);
  }

  private static AdminConfig admin(Optional<ListenAddress> addr, Optional<Path> htpasswd) {
    return new AdminConfig(AdminConfig.Use.ENABLED, addr, htpasswd);
  }

  @Override
  HttpConfig http() {
    return http(Optional.of(at("127.0.0.1")), AdminConfig.DEFAULT);
  }

  private record Answer(RawClient.Head head, String body) {

    int status() {
      return head.status();
    }
  }

  private static Answer send(
      RunningServer server, String method, String path, String body, String... headers)
      throws IOException {
    InetSocketAddress page = server.pageAddress();
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    boolean named = false;
    for (String header : headers) {
      request.append(header).append("\r\n");
      named |= header.startsWith("Host:");
    }
    if (!named) {
      request.append("Host: localhost:").append(page.getPort()).append("\r\n");
    }
    request.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
    try (RawClient client = new RawClient(page)) {
      RawClient.Head head = client.send(request.toString()).head();
      byte[] answer = method.equals("HEAD") ? new byte[0] : client.body(head.contentLength());
      return new Answer(head, new String(answer, StandardCharsets.UTF_8));
    }
  }

  private Answer page(String path, String... headers) throws IOException {
    return send(server, "GET", path, "", headers);
  }

  private Answer json(String path, String body, String... headers) throws IOException {
    String[] all = new String[headers.length + 1];
    System.arraycopy(headers, 0, all, 1, headers.length);
    all[0] = "Content-Type: application/json";
    return send(server, "POST", path, body, all);
  }

  private Answer form(String body, String... headers) throws IOException {
    String[] all = new String[headers.length + 1];
    System.arraycopy(headers, 0, all, 1, headers.length);
    all[0] = "Content-Type: application/x-www-form-urlencoded";
    return send(server, "POST", "/admin/purge", body, all);
  }

  private void awaitTask(String text) {
    await(
        () -> {
          try {
            return page("/admin/tasks").body().contains(text);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private boolean isTagged() {
    try {
      return !page("/admin/repositories?repository=library/alpine").body().contains("\"tags\":[]");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Digest image() {
    byte[] layer = Samples.bytes(200_000, 1);
    Digest digest = upstream.blob(REPOSITORY, layer);
    byte[] manifest =
        """
        {"schemaVersion":2,"mediaType":"%s",
         "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":%d},"layers":[]}
        """
            .formatted(Samples.OCI_MANIFEST, digest, layer.length)
            .getBytes(StandardCharsets.UTF_8);
    upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
    return digest;
  }

  @Test
  void silentConnectionsKeepNeitherOperatorsNorClientsOut() throws Exception {
    try (RunningServer own =
        other(http(Optional.empty(), admin(Optional.of(at("127.0.0.1")), Optional.empty())))) {
      List<Socket> silent = new ArrayList<>();
      try {
        for (int i = 0; i < 200; i++) {
          silent.add(new Socket(own.pageAddress().getAddress(), own.pageAddress().getPort()));
        }
        assertThat(own.get("/v2/").statusCode()).isEqualTo(200);
        assertThat(send(own, "GET", "/admin/", "").status()).isEqualTo(200);
      } finally {
        for (Socket each : silent) {
          each.close();
        }
      }
    }
  }

  @Test
  void statisticsCountHitsAndSavedBytes() throws IOException {
    Digest layer = image();
    server.get(manifestPath("3"));
    server.get(blobPath(layer));
    awaitStored(layer);
    server.get(blobPath(layer));

    await(
        () -> statistics().contains("\"hour\":{\"hits\":1,\"misses\":2,\"stale\":0,\"failed\":0,"));
    assertThat(statistics())
        .contains("\"savedBytes\":200000,")
        .contains("\"disk\":{\"contents\":2,")
        .contains("\"limits\":{\"maxsize\":null,")
        .contains(layer.toString());
    // The tag is stored after the manifest, and lists that were read are shown for a while.
    Path tag =
        directory.resolve(
            "docker/registry/v2/repositories/library/alpine/_manifests/tags/3/current/link");
    await(() -> Files.exists(tag));
    assertThat(page("/admin/upstreams").body())
        .contains("\"registries\":[\"docker.io\"],\"down\":false")
        .contains("\"failed\":0,");
    assertThat(page("/admin/repositories?q=Alp").body())
        .contains("\"name\":\"library/alpine\",\"tags\":1,\"contents\":2,");
    assertThat(page("/admin/repositories?repository=library/alpine").body())
        .contains("\"tag\":\"3\",\"digest\":\"sha256:");
    assertThat(page("/admin/repositories?n=0").status()).isEqualTo(400);
    assertThat(page("/admin/repositories?repository=No").status()).isEqualTo(400);
    assertThat(page("/admin/").body()).contains("library/alpine").contains("docker.io");
  }

  @Test
  void statisticsAreThoseOfTheCommand() throws IOException {
    Digest layer = image();
    server.get(manifestPath("3"));
    server.get(blobPath(layer));
    awaitStored(layer);
    await(this::isTagged);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new CommandLineInterface(
                (served, again) -> {},
                (served, variables, listener, work) -> {},
                new ConfigLoader(InstalledDrivers.keys()),
                Map.of("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.toString()),
                printer,
                printer)
            .run("stats", "--json");
    String command = out.toString(StandardCharsets.UTF_8).strip();
    assertThat(code).as(command).isZero();
    // The times of use are those in memory, and another file system may fill the disk meanwhile.
    String changing = "\"(lastUse|freeBytes)\":(\"[^\"]*\"|[0-9]+)";
    String expected = command.substring(1, command.length() - 1).replaceAll(changing, "");

    await(() -> statistics().replaceAll(changing, "").contains(expected));
  }

  @Test
  void peersAreShown() throws IOException {
    assertThat(page("/admin/peers").body()).isEqualTo("{\"peers\":[]}");
    assertThat(page("/admin/").body()).doesNotContain("Peers");
    ServerConfig alone =
        RunningServer.config(
            upstream,
            RunningServer.inMemory(),
            http(Optional.of(at("127.0.0.1")), AdminConfig.DEFAULT));
    PeersConfig peers =
        new PeersConfig(
            List.of(Peers.address("127.0.0.1:1")),
            Optional.empty(),
            Optional.empty(),
            Optional.of(PeerCluster.SECRET),
            Optional.empty(),
            Optional.empty(),
            PeerCluster.ANSWER,
            Duration.ofSeconds(20));
    try (RunningServer own =
        RunningServer.start(
            new ServerConfig(
                alone.log(), alone.storage(), alone.http(), alone.proxy().withPeers(peers)))) {
      await(
          () -> {
            try {
              return send(own, "GET", "/admin/peers", "")
                  .body()
                  .matches(
                      ".\"peers\":..\"address\":\"127.0.0.1:1\",\"state\":\"failing\",\"asked\":0,"
                          + "\"answered\":0,\"lastFailure\":\"20.*\",\"lastError\":\".+\"...");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      assertThat(send(own, "GET", "/admin/", "").body())
          .contains(">Peers</h2>")
          .contains("127.0.0.1:1")
          .contains("skipped")
          .contains("0 of 0 requests answered")
          .contains("Last error");
    }
  }

  private String statistics() {
    try {
      return page("/admin/stats").body();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void transferInProgressIsShown() throws IOException {
    Tap tap = new Tap();
    Digest layer = upstream.blob(REPOSITORY, Samples.bytes(500_000, 2), tap);
    tap.openTo(250_000);
    var pulling = server.askLater("GET", blobPath(layer));

    await(
        () -> {
          try {
            return page("/admin/transfers").body().contains("\"received\":250000,\"readers\":1,");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(page("/admin/live").body()).contains("<progress max=\"500000\" value=\"250000\"");
    tap.open();
    assertThat(pulling.join().body()).hasSize(500_000);
    await(() -> !statistics().contains("\"transfers\":1"));
  }

  @Test
  void warmPurgeAndCollectionGoOnInTheBackground() throws IOException {
    Digest layer = image();

    Answer warm = json("/admin/warm", "{\"image\":\"library/alpine:3\"}");
    assertThat(warm.status()).isEqualTo(202);
    assertThat(warm.body()).startsWith("{\"id\":1,\"kind\":\"warm\",");
    awaitTask("2 of 2 manifests and blobs, ");
    awaitTask("; fetched 195 KiB");
    awaitTask(
        "\"result\":{\"repository\":\"library/alpine\",\"reference\":\"3\",\"state\":\"warm\",");
    awaitStored(layer);
    await(() -> statistics().contains("\"disk\":{\"contents\":2,") && isTagged());
    assertThat(json("/admin/gc", "").status()).isEqualTo(202);
    awaitTask("Nothing to remove; ");
    awaitTask("\"result\":{\"dryRun\":false,\"before\":{\"contents\":2,");
    assertThat(
            json("/admin/purge", "{\"repository\":\"library/alpine\",\"reference\":\"3\"}")
                .status())
        .isEqualTo(202);
    awaitTask("Removed 1 tag from library/alpine: 3; Removed 2 blobs and manifests, ");
    awaitTask("\"result\":{\"dryRun\":false,\"repository\":\"library/alpine\",\"tags\":[\"3\"],");
    assertThat(page("/admin/repositories?repository=library/alpine").body())
        .contains("\"tags\":[]");
    assertThat(json("/admin/warm", "{\"image\":\"library/alpine:none\"}").status()).isEqualTo(202);
    awaitTask("\"state\":\"failed\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"image\":\"UPPER\"}",
        "{\"image\":\"unknown.example/a\"}",
        "{\"image\":\"a:3\",\"platform\":\"linux\"}",
        "{\"image\":1}",
        "not json"
      })
  void wrongActionsAreRefused(String body) throws IOException {
    assertThat(json("/admin/warm", body).status()).isBetween(400, 404);
  }

  @Test
  void aWarmThatCannotStoreABlobFailsAndNamesIt() throws IOException {
    Digest layer = image();
    ServerConfig config = RunningServer.config(upstream, RunningServer.inMemory(), http());
    server.reload(
        new ServerConfig(
            config.log(),
            config.storage(),
            config.http(),
            new ProxyConfig(
                config.proxy().main(),
                List.of(),
                Optional.empty(),
                Map.of(),
                Limits.builder().maxSize(100_000).build(),
                Optional.empty(),
                config.proxy().local()),
            config.auth(),
            config.health()));

    assertThat(json("/admin/warm", "{\"image\":\"library/alpine:3\"}").status()).isEqualTo(202);

    awaitTask("not stored: " + layer);
    assertThat(page("/admin/tasks").body()).contains("\"state\":\"failed\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin/purge {\"image\":\"alpine:3\",\"repository\":\"library/alpine\"}",
        "/admin/purge {\"image\":\"alpine:3\",\"reference\":\"3\"}",
        "/admin/purge {\"repository\":\"library/alpine\",\"tag\":\"3\"}",
        "/admin/warm {\"image\":\"alpine:3\",\"platforms\":\"all\"}",
        "/admin/gc {\"image\":\"alpine:3\"}"
      })
  void membersThatWouldHaveNoEffectAreRefused(String action) throws IOException {
    String[] parts = action.split(" ", 2);
    assertThat(json(parts[0], parts[1]).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"repository\":\"library/alpine\",\"reference\":\"\"}",
        "{\"repository\":\"library/alpine\",\"reference\":\" \"}",
        "{\"image\":\"library/alpine\",\"reference\":\"\"}"
      })
  void anEmptyReferenceDoesNotPurgeTheWholeRepository(String body) throws IOException {
    image();
    server.get(manifestPath("3"));

    Answer answer = json("/admin/purge", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("The reference is empty");
    assertThat(page("/admin/tasks").body()).contains("\"tasks\":[]");
  }

  @Test
  void theTypeOfABodyHasNoCase() throws IOException {
    assertThat(send(server, "POST", "/admin/gc", "{}", "Content-Type: Application/JSON").status())
        .isEqualTo(202);
  }

  @Test
  void aBodyThatIsNoJsonIsAnsweredWithAnExample() throws IOException {
    assertThat(json("/admin/warm", "image=alpine").body())
        .contains(
            "The body must be a JSON object with strings, such as {\"image\": \"alpine:3.20\"}");
    assertThat(form("image=alpine").body())
        .contains("For the API, send Content-Type: application/json.");
  }

  @Test
  void hostileTextOfAnUpstreamIsText() throws IOException {
    upstream.on(
        manifestPath("secret"),
        (request, reply) ->
            reply.whole(
                403,
                ("{\"errors\":[{\"code\":\"DENIED\",\"message\":\"" + HOSTILE + "\"}]}")
                    .getBytes(StandardCharsets.UTF_8),
                "Content-Type: application/json"));
    server.get(manifestPath("secret"));

    for (String path : List.of("/admin/", "/admin/live")) {
      assertThat(page(path).body())
          .contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;")
          .doesNotContain("<script>");
    }
    assertThat(page("/admin/?q=%3Cscript%3E%22").body())
        .contains("value=\"&lt;script&gt;&quot;\"")
        .doesNotContain("<script>");
    assertThat(page("/admin/purge?repository=%3Cscript%3E").head().header("Content-Type"))
        .contains("text/plain; charset=utf-8");
  }

  @Test
  void answersHaveTheHeadersThatBindABrowser() throws IOException {
    for (String path : List.of("/admin/", "/admin/stats", "/admin/none", "/admin/page.js")) {
      RawClient.Head head = page(path).head();
      assertThat(head.header("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(head.header("X-Content-Type-Options")).contains("nosniff");
      assertThat(head.header("X-Frame-Options")).contains("DENY");
      assertThat(head.header("Referrer-Policy")).contains("same-origin");
      assertThat(head.header("Access-Control-Allow-Origin")).isEmpty();
    }
    assertThat(page("/admin/").body()).doesNotContain("style=").doesNotContain("onclick");
  }

  @Test
  void theRootLeadsToThePageAndOtherPathsAreNotFound() throws IOException {
    assertThat(page("/").status()).isEqualTo(303);
    assertThat(page("/").head().header("Location")).contains("/admin/");
    assertThat(page("/metrics").status()).isEqualTo(200);
    assertThat(page("/nothing").status()).isEqualTo(404);
  }

  @Test
  void headIsAnsweredAsGetWithoutABody() throws IOException {
    Answer head = send(server, "HEAD", "/admin/", "");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.head().contentLength()).isPositive();
  }

  @Test
  void anotherMethodIsRefusedWithThoseThatAreAllowed() throws IOException {
    assertThat(page("/admin/gc").status()).isEqualTo(405);
    assertThat(page("/admin/gc").head().header("Allow")).contains("POST");
    assertThat(json("/admin/stats", "{}").head().header("Allow")).contains("GET, HEAD");
    assertThat(send(server, "DELETE", "/admin/purge", "").head().header("Allow"))
        .contains("GET, HEAD, POST");
    assertThat(send(server, "OPTIONS", "/admin/gc", "", "Origin: http://evil.example").status())
        .isEqualTo(405);
  }

  @Test
  void aBodyOfAnotherTypeOrOfTooManyBytesIsRefused() throws IOException {
    assertThat(send(server, "POST", "/admin/gc", "{}", "Content-Type: text/plain").status())
        .isEqualTo(415);
    assertThat(json("/admin/warm", " ".repeat(9_000)).status()).isEqualTo(413);
  }

  @Test
  void formsOfOtherSitesAreRefused() throws IOException {
    image();
    server.get(manifestPath("3"));
    Matcher token =
        Pattern.compile("name=\"token\" value=\"([0-9a-f]{32})\"").matcher(page("/admin/").body());
    assertThat(token.find()).isTrue();
    String subject = "repository=library%2Falpine&reference=3";
    String own = "http://localhost:" + server.pageAddress().getPort();

    assertThat(form(subject).status()).isEqualTo(403);
    assertThat(form(subject + "&token=" + "0".repeat(32)).status()).isEqualTo(403);
    String valid = subject + "&token=" + token.group(1);
    assertThat(form(valid, "Origin: http://evil.example").status()).isEqualTo(403);
    assertThat(form(valid, "Origin: null").status()).isEqualTo(403);
    assertThat(form(valid, "Sec-Fetch-Site: same-site").status()).isEqualTo(403);
    assertThat(json("/admin/gc", "{}", "Origin: http://localhost:1").status()).isEqualTo(403);
    assertThat(page("/admin/tasks").body()).isEqualTo("{\"tasks\":[]}");
    Answer done = form(valid, "Origin: " + own, "Sec-Fetch-Site: same-origin");
    assertThat(done.status()).isEqualTo(303);
    assertThat(done.head().header("Location")).contains("/admin/#tasks");
  }

  @Test
  void onLoopbackOnlyItsNamesAreAnswered() throws IOException {
    for (String host : List.of("localhost", "localhost:5001", "127.0.0.1:1", "[::1]:5001")) {
      assertThat(page("/admin/", "Host: " + host).status()).describedAs(host).isEqualTo(200);
    }
    for (String host :
        List.of(
            "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "")) {
      assertThat(page("/admin/", "Host: " + host).status()).describedAs(host).isIn(400, 403);
    }
  }

  private Path htpasswd() throws IOException {
    // bcrypt of the password with cost 4, so that the test is fast.
    Path file = directory.resolveSibling(directory.getFileName() + ".htpasswd");
    Files.writeString(file, "operator:" + BCRYPT + "\n");
    return file;
  }

  private static final String BCRYPT = BCrypt.hashpw(PASSWORD, BCrypt.gensalt(4));

  private static String login(String password) {
    return "Authorization: Basic "
        + Base64.getEncoder()
            .encodeToString(("operator:" + password).getBytes(StandardCharsets.UTF_8));
  }

  private RunningServer other(HttpConfig http) throws IOException {
    return RunningServer.start(RunningServer.config(upstream, RunningServer.inMemory(), http));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0"})
  void withPasswordsEveryNameIsAnsweredAfterALogin(String address) throws IOException {
    HttpConfig http =
        http(Optional.empty(), admin(Optional.of(at(address)), Optional.of(htpasswd())));
    try (RunningServer server = other(http)) {
      for (String path : List.of("/admin/", "/admin/stats", "/admin/page.js", "/admin/none", "/")) {
        assertThat(send(server, "GET", path, "", "Host: cache.example").status()).isEqualTo(401);
        assertThat(send(server, "GET", path, "", "Host: cache.example", login("wrong")).status())
            .isEqualTo(401);
      }
      assertThat(send(server, "POST", "/admin/gc", "{}", "Content-Type: application/json").status())
          .isEqualTo(401);
      Answer answer = send(server, "GET", "/admin/", "", "Host: cache.example", login(PASSWORD));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).contains("cache.example:" + server.address().getPort());
      assertThat(
              send(
                      server,
                      "POST",
                      "/admin/gc",
                      "{}",
                      "Content-Type: application/json",
                      login(PASSWORD))
                  .status())
          .isEqualTo(202);
    } finally {
      Files.delete(htpasswd());
    }
  }

  @Test
  void pageIsNeverOpenToTheNetworkWithoutALogin() throws IOException {
    ServerConfig open =
        RunningServer.config(
            upstream,
            RunningServer.inMemory(),
            http(Optional.empty(), admin(Optional.of(at("0.0.0.0")), Optional.empty())));
    assertThatThrownBy(() -> RunningServer.start(open))
        .isInstanceOf(UnusableConfigException.class)
        .hasMessage(
            "http.admin.addr: 0.0.0.0:0 is not a loopback address, so the status page needs a"
                + " login; set http.admin.htpasswd, or use localhost:0");

    try (RunningServer server = other(http(Optional.of(at("0.0.0.0")), AdminConfig.DEFAULT))) {
      int port = server.debugPort();
      try (RawClient client =
          new RawClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
        assertThat(client.send("GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n").head().status())
            .isEqualTo(404);
      }
      try (RawClient client =
          new RawClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
        assertThat(client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").head().status())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void pageCanBeTurnedOff() throws IOException {
    AdminConfig off = new AdminConfig(AdminConfig.Use.DISABLED, Optional.empty(), Optional.empty());
    try (RunningServer server = other(http(Optional.of(at("127.0.0.1")), off));
        RawClient client =
            new RawClient(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.debugPort()))) {
      assertThat(client.send("GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n").head().status())
          .isEqualTo(404);
    }
  }
}
