package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.server.config.AuthConfig;
import dev.cistern.server.config.HealthConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UpstreamLogin;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.bcrypt.BCrypt;

/** Clients that log in with a name and a password, and those that do not. */
class ClientLoginTest {

  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"" + TYPE + "\",\"layers\":[]}";
  private static final String PASSWORD = "s3cret-of-alice";
  private static final String ALICE = basic("alice", PASSWORD);

  @TempDir Path directory;

  private FakeUpstream upstream;
  private Path htpasswd;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    Digest unused =
        upstream.manifest("library/alpine", "3", TYPE, MANIFEST.getBytes(StandardCharsets.UTF_8));
    unused = upstream.manifest("team/app", "1", TYPE, MANIFEST.getBytes(StandardCharsets.UTF_8));
    htpasswd = directory.resolve("htpasswd");
    Files.writeString(
        htpasswd, "alice:" + BCrypt.hashpw(PASSWORD, BCrypt.gensalt("$2y", 4)) + "\n");
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  private RunningServer server(AuthConfig auth) throws IOException {
    return RunningServer.start(
        new ServerConfig(
            LogConfig.DEFAULT,
            RunningServer.inMemory(),
            RunningServer.LOOPBACK,
            RunningServer.proxy(upstream, new UpstreamLogin.Anonymous()),
            auth,
            HealthConfig.DEFAULT));
  }

  private RunningServer server(String... anonymous) throws IOException {
    return server(
        new AuthConfig(
            Optional.of(new AuthConfig.Htpasswd("the \"cache\"", htpasswd)),
            Optional.empty(),
            Stream.of(anonymous).map(ImagePattern::parse).toList()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/",
        "/v2/library/alpine/manifests/3",
        "/v2/library/alpine/tags/list",
        "/v2/_catalog",
        "/docker.io/v2/library/alpine/manifests/3",
        "/v2/library/alpine/manifests/3?ns=docker.io",
        "/v2/library/alpine/manifests/3?ns=unknown.example",
        "/nothing/here"
      })
  void whoHasNotLoggedInIsAskedTo(String path) throws IOException {
    try (RunningServer server = server()) {
      HttpResponse<byte[]> answer = server.get(path);

      ServerTest.assertError(answer, 401, "UNAUTHORIZED");
      assertThat(ServerTest.header(answer, "WWW-Authenticate"))
          .isEqualTo("Basic realm=\"the \\\"cache\\\"\"");
      assertThat(upstream.requests()).isEmpty();
      assertThat(server.head(path).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void whatIsNoEndpointOfTheProtocolNeedsNoLogin() throws IOException {
    try (RunningServer server = server()) {
      assertThat(server.get("/").statusCode()).isEqualTo(200);
      assertThat(server.ask("OPTIONS", "/v2/library/alpine/manifests/3").statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void whoHasLoggedInGetsWhatItAskedFor() throws IOException {
    try (RunningServer server = server()) {
      for (int i = 0; i < 2; i++) {
        HttpResponse<byte[]> answer =
            server.get("/v2/library/alpine/manifests/3", "Authorization", ALICE);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(ServerTest.text(answer)).isEqualTo(MANIFEST);
      }
      assertThat(server.get("/v2/", "Authorization", ALICE).statusCode()).isEqualTo(200);
      assertThat(server.get("/nothing", "Authorization", ALICE).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void manyFirstRequestsAtOnceAreOneAttempt() throws IOException {
    try (RunningServer server = server()) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(server.askLater("GET", "/v2/", "Authorization", ALICE));
      }
      assertThat(answers).allSatisfy(a -> assertThat(a.join().statusCode()).isEqualTo(200));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic ", "Basic Og==", "Basic ???", "Bearer abc", "Digest x"})
  void aHeaderWithoutALoginIsNone(String header) throws IOException {
    try (RunningServer server = server()) {
      ServerTest.assertError(server.get("/v2/", "Authorization", header), 401, "UNAUTHORIZED");
    }
  }

  @Test
  void whoGuessesIsSlowedDownAndLocksOutNobodyWhoHasLoggedIn() throws IOException {
    try (RunningServer server = server()) {
      assertThat(server.get("/v2/", "Authorization", ALICE).statusCode()).isEqualTo(200);
      for (int i = 0; i < 10; i++) {
        ServerTest.assertError(
            server.get("/v2/", "Authorization", basic("alice", "guess" + i)), 401, "UNAUTHORIZED");
      }
      HttpResponse<byte[]> slowed = server.get("/v2/", "Authorization", basic("alice", "guess"));
      ServerTest.assertError(slowed, 429, "TOOMANYREQUESTS");
      assertThat(Integer.parseInt(ServerTest.header(slowed, "Retry-After"))).isBetween(1, 10);

      assertThat(server.get("/v2/", "Authorization", ALICE).statusCode()).isEqualTo(200);
      ServerTest.assertError(
          server.get("/v2/", "Authorization", basic("bob", "x")), 401, "UNAUTHORIZED");
    }
  }

  @Test
  void someImagesNeedNoLogin() throws IOException {
    try (RunningServer server = server("library/*")) {
      assertThat(server.get("/v2/library/alpine/manifests/3").statusCode()).isEqualTo(200);
      // These are somebody's login at another registry.
      assertThat(
              server
                  .get("/v2/library/alpine/manifests/3", "Authorization", basic("alice", "hub"))
                  .statusCode())
          .isEqualTo(200);
      assertThat(server.get("/v2/team/app/manifests/1").statusCode()).isEqualTo(401);
      assertThat(server.get("/v2/team/app/tags/list").statusCode()).isEqualTo(401);
      assertThat(server.get("/v2/_catalog").statusCode()).isEqualTo(401);
      // Or Docker would never send its login.
      assertThat(server.get("/v2/").statusCode()).isEqualTo(401);
      assertThat(server.ask("PUT", "/v2/library/alpine/blobs/uploads/").statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void whereEveryImageNeedsNoLoginNeitherDoesTheBase() throws IOException {
    try (RunningServer server = server("*")) {
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/team/app/manifests/1").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/_catalog").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void theLoginOfAClientNeverReachesTheUpstreamNorTheLog() throws IOException {
    try (LoggedLines log = new LoggedLines();
        RunningServer open = server(AuthConfig.NONE);
        RunningServer closed = server()) {
      for (RunningServer server : List.of(open, closed)) {
        assertThat(
                server.get("/v2/library/alpine/manifests/3", "Authorization", ALICE).statusCode())
            .isEqualTo(200);
        assertThat(server.get("/v2/team/nothing/manifests/3", "Authorization", ALICE).statusCode())
            .isEqualTo(404);
        server.get("/v2/", "Authorization", basic("alice", PASSWORD + "-not"));
      }
      assertThat(upstream.requests())
          .isNotEmpty()
          .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"))
          .allSatisfy(
              request -> assertThat(request.headers().toString()).doesNotContain("YWxpY2U6"));
      ServerTest.await(() -> log.lines().toString().contains("/v2/library/alpine/manifests/3"));
      assertThat(log.lines().toString())
          .contains("/v2/library/alpine/manifests/3")
          .doesNotContain(PASSWORD)
          .doesNotContain("YWxpY2U6");
    }
  }

  @Test
  void aServerWithoutItsFileDoesNotStart() throws IOException {
    Files.delete(htpasswd);

    assertThatThrownBy(this::server)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("auth.htpasswd.path: ")
        .hasMessageContaining("does not exist");
  }
}
