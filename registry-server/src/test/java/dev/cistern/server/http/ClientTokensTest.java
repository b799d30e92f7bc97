package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that bring tokens of a token service. */
class ClientTokensTest {

  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final byte[] MANIFEST =
      ("{\"schemaVersion\":2,\"mediaType\":\"" + TYPE + "\",\"layers\":[]}")
          .getBytes(StandardCharsets.UTF_8);
  private static final RsaJsonWebKey KEY = key();

  @TempDir Path directory;

  private FakeUpstream upstream;

  private static RsaJsonWebKey key() {
    try {
      RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId("one");
      return key;
    } catch (JoseException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    Digest unused = upstream.manifest("team/app", "1", TYPE, MANIFEST);
    unused = upstream.manifest("library/alpine", "3", TYPE, MANIFEST);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningServer server(String... anonymous) throws IOException {
    Path keys = directory.resolve("keys.json");
    Files.writeString(
        keys, "{\"keys\":[" + KEY.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY) + "]}");
    return RunningServer.start(
        new ServerConfig(
            LogConfig.DEFAULT,
            RunningServer.inMemory(),
            RunningServer.LOOPBACK,
            RunningServer.proxy(upstream, new UpstreamLogin.Anonymous()),
            new AuthConfig(
                Optional.empty(),
                Optional.of(
                    new AuthConfig.Token(
                        "https://auth.example/token",
                        "cache",
                        "me",
                        Optional.empty(),
                        Optional.of(keys),
                        List.of("RS256"))),
                Stream.of(anonymous).map(ImagePattern::parse).toList()),
            HealthConfig.DEFAULT));
  }

  private static String token(String type, String name, String action) {
    try {
      JwtClaims claims = new JwtClaims();
      claims.setIssuer("me");
      claims.setAudience("cache");
      claims.setSubject("alice");
      claims.setExpirationTimeMinutesInTheFuture(5);
      claims.setClaim(
          "access", List.of(Map.of("type", type, "name", name, "actions", List.of(action))));
      JsonWebSignature token = new JsonWebSignature();
      token.setPayload(claims.toJson());
      token.setAlgorithmHeaderValue("RS256");
      token.setKeyIdHeaderValue("one");
      token.setKey(KEY.getPrivateKey());
      return "Bearer " + token.getCompactSerialization();
    } catch (JoseException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/, ''",
    "/v2/team/app/manifests/1, repository:team/app:pull",
    "/v2/alpine/manifests/3, repository:alpine:pull",
    "/v2/docker.io/team/app/manifests/1, repository:docker.io/team/app:pull",
    "/docker.io/v2/team/app/manifests/1, repository:team/app:pull",
    "/v2/team/app/manifests/1?ns=docker.io, repository:team/app:pull",
    "/v2/_catalog, registry:catalog:*",
    "/nothing, ''",
  })
  void theChallengeNamesWhatIsNeeded(String path, String scope) throws IOException {
    try (RunningServer server = server()) {
      HttpResponse<byte[]> answer = server.get(path);

      ServerTest.assertError(answer, 401, "UNAUTHORIZED");
      assertThat(ServerTest.header(answer, "WWW-Authenticate"))
          .isEqualTo(
              "Bearer realm=\"https://auth.example/token\",service=\"cache\""
                  + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\""));
    }
  }

  @Test
  void aTokenAllowsWhatItIsForAndNothingElse() throws IOException {
    String token = token("repository", "team/app", "pull");
    try (RunningServer server = server()) {
      for (int i = 0; i < 2; i++) {
        assertThat(server.get("/v2/team/app/manifests/1", "Authorization", token).statusCode())
            .isEqualTo(200);
        assertThat(server.get("/v2/", "Authorization", token).statusCode()).isEqualTo(200);
        HttpResponse<byte[]> other =
            server.get("/v2/library/alpine/manifests/3", "Authorization", token);
        ServerTest.assertError(other, 401, "UNAUTHORIZED");
        assertThat(ServerTest.header(other, "WWW-Authenticate"))
            .endsWith(",scope=\"repository:library/alpine:pull\",error=\"insufficient_scope\"");
      }
      assertThat(
              server
                  .get(
                      "/v2/team/app/manifests/1",
                      "Authorization",
                      token("repository", "team/app", "push"))
                  .statusCode())
          .isEqualTo(401);
      assertThat(server.get("/v2/_catalog", "Authorization", token).statusCode()).isEqualTo(401);
      assertThat(
              server
                  .get("/v2/_catalog", "Authorization", token("registry", "catalog", "*"))
                  .statusCode())
          .isEqualTo(200);
      assertThat(upstream.requests())
          .isNotEmpty()
          .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
    }
  }

  @Test
  void aTokenThatIsNotValidIsSaidToBeSo() throws IOException {
    String token = token("repository", "team/app", "pull");
    try (RunningServer server = server()) {
      HttpResponse<byte[]> answer =
          server.get(
              "/v2/team/app/manifests/1",
              "Authorization",
              token.substring(0, token.length() - 8) + "AAAAAAAA");

      ServerTest.assertError(answer, 401, "UNAUTHORIZED");
      assertThat(ServerTest.header(answer, "WWW-Authenticate"))
          .endsWith(",error=\"invalid_token\"");
      assertThat(upstream.requests()).isEmpty();
    }
  }

  @Test
  void someImagesNeedNoToken() throws IOException {
    try (RunningServer server = server("library/*")) {
      assertThat(server.get("/v2/library/alpine/manifests/3").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/team/app/manifests/1").statusCode()).isEqualTo(401);
      assertThat(server.get("/v2/").statusCode()).isEqualTo(401);
    }
  }
}
