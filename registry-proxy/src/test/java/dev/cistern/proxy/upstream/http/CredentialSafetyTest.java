package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.everythingSaidBy;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where credentials go, and where they must not: to others, over plain connections, into messages.
 */
@DisplayName("8. Upstream credentials go to that upstream and its token service alone")
class CredentialSafetyTest {

  private static final Credentials JANE = new Credentials("jane", "hunter2");
  private static final String BASIC =
      "Basic " + Base64.getEncoder().encodeToString(Samples.utf8("jane:hunter2"));

  private static final FakeServer.Handler TOKENS =
      request -> Samples.status(200, "{\"token\":\"secret-token\"}");

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(0, resource);
    return resource;
  }

  private FakeServer server(FakeServer.Handler handler) {
    return open(FakeServer.start(handler));
  }

  private FakeServer tlsServer(FakeServer.Handler handler) {
    return open(FakeServer.startTls(TestTls.SERVER, handler));
  }

  private Upstream upstream(String url) {
    return open(TestTls.connect(UpstreamConfig.builder(url).credentials(JANE).build()));
  }

  private RegistryException manifestFailure(String url) {
    return failure(() -> upstream(url).manifest(ALPINE, LATEST));
  }

  private static FakeServer.Handler challenging(String challenge) {
    return request ->
        request.getHeaders().get("Authorization") == null
            ? Samples.challenge(challenge)
            : Samples.manifestAnswer();
  }

  private static List<String> authorizations(FakeServer server) {
    List<String> sent = new ArrayList<>();
    for (RecordedRequest request : server.requests()) {
      String value = request.getHeaders().get("Authorization");
      if (value != null) {
        sent.add(value);
      }
    }
    return sent;
  }

  private static void assertSilent(Throwable failure) {
    assertThat(everythingSaidBy(failure))
        .doesNotContain("hunter2")
        .doesNotContain(BASIC.substring("Basic ".length()))
        .doesNotContain("secret-token");
  }

  @Test
  void basicIsSentAfterAChallengeAndFromThenOn() throws RegistryException {
    FakeServer registry = server(challenging("Basic realm=\"x\""));
    Upstream upstream = upstream(registry.url());

    upstream.manifest(ALPINE, LATEST);
    upstream.manifest(ALPINE, LATEST);

    assertThat(registry.requests()).hasSize(3);
    assertThat(authorizations(registry)).containsExactly(BASIC, BASIC);
  }

  @Test
  void basicIsNotSentWithoutAChallenge() throws RegistryException {
    FakeServer registry = server(request -> Samples.manifestAnswer());

    upstream(registry.url()).manifest(ALPINE, LATEST);

    assertThat(authorizations(registry)).isEmpty();
  }

  @Test
  void refusedBasicIsNotTriedAgain() {
    FakeServer registry = server(request -> Samples.challenge("Basic realm=\"x\""));

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(registry.requests()).hasSize(2);
    assertSilent(failure);
  }

  @Test
  void basicWithoutCredentialsSaysWhatIsMissing() {
    FakeServer registry = server(request -> Samples.challenge("Basic realm=\"x\""));
    Upstream anonymous = open(Upstreams.connect(UpstreamConfig.builder(registry.url()).build()));

    RegistryException failure = failure(() -> anonymous.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure).hasMessageContaining("none are configured");
  }

  @Test
  void theTokenServiceOfTheSameDomainGetsThem() throws RegistryException {
    FakeServer tokens = tlsServer(TOKENS);
    FakeServer registry =
        tlsServer(
            challenging(
                "Bearer realm=\"https://auth.docker.io:" + tokens.port() + "/token\",service=s"));

    upstream("https://registry-1.docker.io:" + registry.port()).manifest(ALPINE, LATEST);

    assertThat(authorizations(tokens)).containsExactly(BASIC);
    assertThat(authorizations(registry)).containsExactly("Bearer secret-token");
  }

  @Test
  void aTokenServiceOfAnotherDomainGetsNothing() {
    FakeServer tokens = tlsServer(TOKENS);
    FakeServer registry =
        tlsServer(
            challenging("Bearer realm=\"https://auth.evil.example:" + tokens.port() + "/token\""));

    RegistryException failure = manifestFailure("https://registry-1.docker.io:" + registry.port());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure)
        .hasMessageContaining("auth.evil.example")
        .hasMessageContaining("proxy.trustedrealms");
    assertThat(tokens.requests()).isEmpty();
    assertSilent(failure);
  }

  @Test
  void aTokenServiceOfAnotherDomainGetsThemWhenListed() throws RegistryException {
    FakeServer tokens = tlsServer(TOKENS);
    FakeServer registry =
        tlsServer(
            challenging("Bearer realm=\"https://auth.evil.example:" + tokens.port() + "/token\""));
    Upstream upstream =
        open(
            TestTls.connect(
                UpstreamConfig.builder("https://registry-1.docker.io:" + registry.port())
                    .credentials(JANE)
                    .trustedRealm("auth.evil.example")
                    .build()));

    upstream.manifest(ALPINE, LATEST);

    assertThat(authorizations(tokens)).containsExactly(BASIC);
  }

  @Test
  void aTokenServiceOfAnotherDomainMayGiveAnonymousTokens() throws RegistryException {
    FakeServer tokens = tlsServer(request -> Samples.status(200, "{\"token\":\"anonymous\"}"));
    FakeServer registry =
        tlsServer(
            challenging("Bearer realm=\"https://auth.evil.example:" + tokens.port() + "/token\""));
    Upstream anonymous =
        open(
            TestTls.connect(
                UpstreamConfig.builder("https://registry-1.docker.io:" + registry.port()).build()));

    anonymous.manifest(ALPINE, LATEST);

    assertThat(authorizations(tokens)).isEmpty();
  }

  @Test
  void credentialsAreNotSentOverPlainHttpToAnotherHost() {
    FakeServer registry = server(challenging("Basic realm=\"x\""));

    RegistryException failure = manifestFailure("http://registry.example.com:" + registry.port());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure).hasMessageContaining("proxy.insecurecredentials");
    assertThat(authorizations(registry)).isEmpty();
    assertSilent(failure);
  }

  @Test
  void credentialsAreSentOverPlainHttpWhenAllowed() throws RegistryException {
    FakeServer registry = server(challenging("Basic realm=\"x\""));
    Upstream upstream =
        open(
            TestTls.connect(
                UpstreamConfig.builder("http://registry.example.com:" + registry.port())
                    .credentials(JANE)
                    .allowInsecureCredentials()
                    .build()));

    upstream.manifest(ALPINE, LATEST);

    assertThat(authorizations(registry)).containsExactly(BASIC);
  }

  @Test
  void aPlainTokenServiceOfAnHttpsRegistryGetsNothing() {
    FakeServer tokens = server(TOKENS);
    FakeServer registry =
        tlsServer(
            challenging("Bearer realm=\"http://auth.docker.io:" + tokens.port() + "/token\""));

    RegistryException failure = manifestFailure("https://registry-1.docker.io:" + registry.port());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(tokens.requests()).isEmpty();
  }

  @Test
  void redirectTargetsGetNeitherBasicNorTokens() throws RegistryException {
    FakeServer storage = server(request -> Samples.blobAnswer());
    for (String scheme : List.of("Basic realm=\"x\"", "Bearer realm=\"%s/token\"")) {
      FakeServer tokens = server(TOKENS);
      FakeServer registry =
          server(
              request ->
                  request.getHeaders().get("Authorization") == null
                      ? Samples.challenge(String.format(scheme, tokens.url()))
                      : Samples.redirect(307, storage.url() + "/blob?signature=abc"));

      try (UpstreamBlob blob = upstream(registry.url()).blob(ALPINE, BLOB_DIGEST)) {
        assertThat(Failures.drain(blob)).isEqualTo(Samples.BLOB);
      }
    }

    assertThat(storage.requests()).hasSize(2);
    assertThat(authorizations(storage)).isEmpty();
  }

  @Test
  void aPathThatARedirectTargetChoseGetsNoCredentials() {
    String[] registryUrl = new String[1];
    FakeServer elsewhere =
        server(request -> Samples.redirect(307, registryUrl[0] + "/chosen/by/the/target"));
    FakeServer registry =
        server(
            request ->
                request.getHeaders().get("Authorization") == null
                    ? Samples.challenge("Basic realm=\"x\"")
                    : Samples.redirect(307, elsewhere.url() + "/x"));
    registryUrl[0] = registry.url();

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(registry.requests("/chosen")).isNotEmpty();
    assertThat(registry.requests("/chosen"))
        .allSatisfy(request -> assertThat(request.getHeaders().get("Authorization")).isNull());
  }

  @Test
  void theErrorOfARedirectTargetIsNotInTheMessage() {
    for (String host : List.of("localhost", "127.0.0.1")) {
      FakeServer elsewhere =
          server(
              request ->
                  Samples.status(
                      500, "{\"errors\":[{\"code\":\"X\",\"message\":\"secret-token\"}]}"));
      FakeServer registry =
          server(
              request -> Samples.redirect(307, "http://" + host + ":" + elsewhere.port() + "/x"));

      RegistryException failure = manifestFailure(registry.url());

      assertThat(failure)
          .hasMessageEndingWith(
              "it answered 500 after a redirect to " + host + ":" + elsewhere.port());
      assertSilent(failure);
    }
  }

  @Test
  void credentialsThatAStatusLineRepeatsAreNotInTheMessage() throws Exception {
    ScriptedServer registry =
        open(
            ScriptedServer.start(
                (line, out) ->
                    out.write(
                        ScriptedServer.answer(
                            line.contains("blobs")
                                ? "HTTP/1.1 hunter2 you sent " + BASIC
                                : "HTTP/1.1 401 x\r\nContent-Length: 0\r\n"
                                    + "WWW-Authenticate: Basic realm=\"x\"",
                            ""))));
    Upstream upstream = upstream(registry.url());
    failure(() -> upstream.manifest(ALPINE, LATEST));

    RegistryException failure = failure(() -> upstream.blob(ALPINE, BLOB_DIGEST));

    assertThat(failure).hasMessageContaining("***");
    assertSilent(failure);
  }

  @Test
  void credentialsThatAnErrorRepeatsInPartAreNotInTheMessage() {
    FakeServer registry =
        server(
            request ->
                request.getHeaders().get("Authorization") == null
                    ? Samples.challenge("Basic realm=\"x\"")
                    : Samples.status(500, " ".repeat(8 * 1024 - 10) + "got hunter2"));

    RegistryException failure = manifestFailure(registry.url());

    assertThat(everythingSaidBy(failure)).contains("got ***").doesNotContain("hunter");
  }

  @Test
  void aChallengeOfARedirectTargetIsNotAnswered() {
    FakeServer tokens = server(TOKENS);
    FakeServer elsewhere =
        server(
            request ->
                Samples.challenge(
                    "Basic realm=\"x\", Bearer realm=\"" + tokens.url() + "/token\""));
    FakeServer registry = server(request -> Samples.redirect(302, elsewhere.url() + "/x"));

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(tokens.requests()).isEmpty();
    assertThat(elsewhere.requests()).hasSize(2);
    assertThat(authorizations(elsewhere)).isEmpty();
  }

  @Test
  void aRedirectOfATokenServiceDropsTheCredentials() throws RegistryException {
    FakeServer elsewhere = server(TOKENS);
    FakeServer tokens = server(request -> Samples.redirect(307, elsewhere.url() + "/token"));
    FakeServer registry = server(challenging("Bearer realm=\"" + tokens.url() + "/token\""));

    upstream(registry.url()).manifest(ALPINE, LATEST);

    assertThat(authorizations(tokens)).containsExactly(BASIC);
    assertThat(authorizations(elsewhere)).isEmpty();
  }

  @Test
  void credentialsEchoedByTheUpstreamAreNotInTheMessage() {
    FakeServer registry =
        server(
            request -> {
              String sent = request.getHeaders().get("Authorization");
              return sent == null
                  ? Samples.challenge("Basic realm=\"x\"")
                  : Samples.status(403, "You sent " + sent + " which is jane:hunter2!");
            });

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure).hasMessageContaining("You sent");
    assertSilent(failure);
  }

  @Test
  void aTokenEchoedByTheUpstreamIsNotInTheMessage() {
    FakeServer tokens = server(TOKENS);
    FakeServer registry =
        server(
            request -> {
              String sent = request.getHeaders().get("Authorization");
              return sent == null
                  ? Samples.challenge("Bearer realm=\"" + tokens.url() + "/token\"")
                  : Samples.status(
                      403,
                      "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"bad"
                          + " \\u0073ecret-token\"}]}");
            });

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure).hasMessageContaining("DENIED: bad ***");
    assertSilent(failure);
  }

  @Test
  void anInvalidTokenAnswerIsNotInTheMessage() {
    FakeServer tokens = server(request -> Samples.status(200, "{\"token\":\"secret-token\""));
    FakeServer registry = server(challenging("Bearer realm=\"" + tokens.url() + "/token\""));

    RegistryException failure = manifestFailure(registry.url());

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertSilent(failure);
  }

  @Test
  void signedUrlsAreNotInMessages() {
    FakeServer storage = server(request -> Samples.status(403, "<Error>expired</Error>"));
    FakeServer registry =
        server(
            request ->
                Samples.redirect(
                    307, "http://key:hunter2@localhost:" + storage.port() + "/b?sig=secret-token"));

    RegistryException failure = failure(() -> upstream(registry.url()).blob(ALPINE, BLOB_DIGEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure).hasMessageContaining("after a redirect to localhost");
    assertThat(authorizations(storage)).isEmpty();
    assertSilent(failure);
  }

  @Test
  void aFailureOfTheCredentialSourceIsReported() {
    FakeServer registry = server(request -> Samples.challenge("Basic realm=\"x\""));
    Upstream upstream =
        open(
            Upstreams.connect(
                UpstreamConfig.builder(registry.url())
                    .credentials(
                        (ForgetfulSource)
                            () -> {
                              throw new IOException("helper exited with 1");
                            })
                    .build()));

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("helper exited with 1");
  }

  @Test
  void hostileChallengesEndInDenied() {
    for (String challenge :
        List.of(
            "Bearer realm=\"" + "x".repeat(5000) + "\"",
            "Bearer realm=\"file:///etc/passwd\"",
            "Bearer realm=\"http://jane:hunter2@localhost/\"",
            "Bearer " + "a=b,".repeat(1000),
            "\"\\",
            "Bearer")) {
      FakeServer registry = server(request -> Samples.challenge(challenge));
      RegistryException failure = manifestFailure(registry.url());
      assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
      assertThat(registry.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"auth.example.org, false", "auth.example.com, true", "trusted.example.org, true"})
  void onlyATokenServiceOfTheRegistryOrATrustedOneMaySpeakToClients(String host, boolean may) {
    FakeServer tokens =
        server(request -> Samples.status(403, "{\"details\":\"text of the service\"}"));
    String realm = "http://" + host + ":" + tokens.port() + "/token";
    FakeServer registry = server(challenging("Bearer realm=\"" + realm + "\""));
    Upstream anonymous =
        open(
            Upstreams.connect(
                UpstreamConfig.builder("http://registry.example.com:" + registry.port())
                    .trustedRealm("trusted.example.org")
                    .build(),
                CacheListener.NONE,
                client -> client.dns(name -> List.of(InetAddress.getLoopbackAddress()))));

    RegistryException failure = failure(() -> anonymous.manifest(ALPINE, LATEST));

    assertThat(failure).hasMessageContaining(host).hasMessageContaining("it answered 403");
    assertThat(everythingSaidBy(failure).contains("text of the service")).isEqualTo(may);
  }
}
