package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Token authentication as distribution describes it, against a registry with a token service of its
 * own.
 */
class BearerAuthenticationTest {

  private final ManualClock clock = new ManualClock();
  private final AtomicInteger issued = new AtomicInteger();
  private volatile String accepted = "token-1";
  private volatile int refusal;
  private volatile String scope = ",scope=\"repository:library/alpine:pull\"";
  private volatile Function<Integer, MockResponse> tokenAnswer =
      n -> Samples.status(200, "{\"token\":\"token-" + n + "\",\"expires_in\":300}");

  private final FakeServer tokens =
      FakeServer.start(request -> tokenAnswer.apply(issued.incrementAndGet()));
  private final FakeServer registry = FakeServer.start(this::answer);
  private final Upstream upstream = connect(UpstreamConfig.builder(registry.url()));

  private Upstream connect(UpstreamConfigBuilder config) {
    return Upstreams.connect(config.clock(clock).build());
  }

  private MockResponse answer(RecordedRequest request) {
    String offered = request.getHeaders().get("Authorization");
    if (!("Bearer " + accepted).equals(offered)) {
      if (offered != null && refusal != 0) {
        return Samples.status(refusal);
      }
      return Samples.challenge(
          "Bearer realm=\"" + tokens.url() + "/token\",service=\"registry\"" + scope);
    }
    return request.getTarget().contains("/blobs/")
        ? Samples.blobAnswer()
        : Samples.manifestAnswer();
  }

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
    tokens.close();
  }

  @Test
  void answersAChallengeWithAToken() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);

    RecordedRequest asked = tokens.requests().get(0);
    assertThat(asked.getUrl().encodedPath()).isEqualTo("/token");
    assertThat(asked.getUrl().queryParameter("service")).isEqualTo("registry");
    assertThat(asked.getUrl().queryParameterValues("scope"))
        .containsExactly("repository:library/alpine:pull");
    assertThat(asked.getHeaders().get("Authorization")).isNull();
    assertThat(registry.requests()).hasSize(2);
  }

  @Test
  void aColdBlobCostsOneRequestOnceATokenIsCached() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);

    for (int layer = 0; layer < 10; layer++) {
      try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
        drain(blob);
      }
    }

    assertThat(registry.requests("/v2/library/alpine/blobs/")).hasSize(10);
    assertThat(tokens.requests()).hasSize(1);
  }

  @Test
  void eachRepositoryHasItsOwnToken() throws RegistryException {
    scope = "";
    upstream.manifest(ALPINE, LATEST);
    accepted = "token-2";
    upstream.manifest(new RepositoryName("library/debian"), LATEST);

    assertThat(tokens.requests())
        .extracting(request -> request.getUrl().queryParameter("scope"))
        .containsExactly("repository:library/alpine:pull", "repository:library/debian:pull");
  }

  @Test
  void aTokenIsRenewedBeforeItExpiresWithoutARefusedRequest() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);
    clock.advance(Duration.ofSeconds(284));
    upstream.manifest(ALPINE, LATEST);
    assertThat(tokens.requests()).hasSize(1);

    clock.advance(Duration.ofSeconds(2));
    accepted = "token-2";
    upstream.manifest(ALPINE, LATEST);

    assertThat(tokens.requests()).hasSize(2);
    assertThat(registry.requests()).hasSize(4);
  }

  @Test
  void aRefusedTokenIsReplacedOnce() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);
    accepted = "token-2";

    upstream.manifest(ALPINE, LATEST);

    assertThat(tokens.requests()).hasSize(2);
    assertThat(registry.requests()).hasSize(4);
  }

  /** Accepts requests without authorization by a challenge, and others by a bare status. */
  private void refuseTokensBy(int status) {
    refusal = status;
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403})
  void aTokenRefusedBeforeItsTimeWithoutAChallengeIsReplacedOnce(int status)
      throws RegistryException {
    upstream.manifest(ALPINE, LATEST);
    refuseTokensBy(status);
    accepted = "token-2";

    upstream.manifest(ALPINE, LATEST);
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      drain(blob);
    }

    assertThat(tokens.requests()).hasSize(2);
    assertThat(registry.requests()).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403})
  void theRefusalOfAFreshTokenWithoutAChallengeIsFinal(int status) {
    refuseTokensBy(status);
    accepted = "none";
    ErrorCode code = status == 400 ? ErrorCode.REQUEST_REFUSED : ErrorCode.DENIED;

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code()).isEqualTo(code);

    assertThat(tokens.requests()).hasSize(1);
    assertThat(registry.requests()).hasSize(2);
  }

  @Test
  void contentThatIsRefusedCostsNoTokenEachTime() {
    refuseTokensBy(403);
    accepted = "none";
    for (int i = 0; i < 20; i++) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.DENIED);
    }
    assertThat(tokens.requests()).hasSize(1);

    clock.advance(Duration.ofMinutes(1));
    failure(() -> upstream.manifest(ALPINE, LATEST));
    failure(() -> upstream.manifest(ALPINE, LATEST));
    assertThat(tokens.requests()).hasSize(2);
  }

  @Test
  void aRefusedTokenStaysWhileThereIsNoOther() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);
    tokenAnswer = n -> Samples.status(500);
    refuseTokensBy(403);
    accepted = "none";
    failure(() -> upstream.manifest(ALPINE, LATEST));
    accepted = "token-1";

    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();
  }

  @Test
  void aRefusalOfAFreshTokenIsFinal() {
    accepted = "none";

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure).hasMessageContaining("authentication required");
    assertThat(tokens.requests()).hasSize(1);
    assertThat(registry.requests()).hasSize(2);

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code()).isEqualTo(ErrorCode.DENIED);
    assertThat(tokens.requests()).hasSize(2);
    assertThat(registry.requests()).hasSize(4);
  }

  @Test
  void aRegistryThatAsksForAnotherScopeAtEachAnswerIsGivenUp() {
    accepted = "none";
    AtomicInteger counter = new AtomicInteger();
    try (FakeServer fickle =
            FakeServer.start(
                request ->
                    Samples.challenge(
                        "Bearer realm=\""
                            + tokens.url()
                            + "/token\",scope=\"repository:x"
                            + counter.incrementAndGet()
                            + ":pull\""));
        Upstream other = connect(UpstreamConfig.builder(fickle.url()))) {
      assertThat(failure(() -> other.manifest(ALPINE, LATEST)).code()).isEqualTo(ErrorCode.DENIED);
      assertThat(fickle.requests()).hasSize(4);
    }
  }

  @Test
  void takesAccessTokens() throws RegistryException {
    tokenAnswer = n -> Samples.status(200, "{\"access_token\":\"token-1\"}");

    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();
  }

  @Test
  void tokensAreAskedForWithTheCredentials() throws RegistryException {
    try (Upstream known =
        connect(
            UpstreamConfig.builder(registry.url())
                .credentials(new Credentials("jane", "p\u00e4ss:word")))) {
      known.manifest(ALPINE, LATEST);
    }

    assertThat(tokens.requests().get(0).getHeaders().get("Authorization"))
        .isEqualTo(
            "Basic " + Base64.getEncoder().encodeToString(Samples.utf8("jane:p\u00e4ss:word")));
    assertThat(registry.requests())
        .extracting(request -> request.getHeaders().get("Authorization"))
        .containsExactly(null, "Bearer token-1");
  }

  @Test
  void aTokenGotWithOtherCredentialsIsNotUsed() throws RegistryException {
    Credentials[] current = {new Credentials("jane", "one")};
    try (Upstream changing =
        connect(
            UpstreamConfig.builder(registry.url())
                .credentials((ForgetfulSource) () -> Optional.of(current[0])))) {
      changing.manifest(ALPINE, LATEST);
      current[0] = new Credentials("jane", "two");
      accepted = "token-2";
      changing.manifest(ALPINE, LATEST);
    }

    assertThat(tokens.requests()).hasSize(2);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void keepsTheQueryOfTheRealm() throws RegistryException {
    try (FakeServer odd =
            FakeServer.start(
                request ->
                    request.getHeaders().get("Authorization") == null
                        ? Samples.challenge(
                            "Negotiate, Bearer realm=\"" + tokens.url() + "/t?tenant=a%2Cb\"")
                        : Samples.manifestAnswer());
        Upstream other = connect(UpstreamConfig.builder(odd.url()))) {
      other.manifest(ALPINE, LATEST);
    }

    HttpUrl asked = tokens.requests().get(0).getUrl();
    assertThat(asked.queryParameter("tenant")).isEqualTo("a,b");
    assertThat(asked.queryParameter("scope")).isEqualTo("repository:library/alpine:pull");
  }

  @Test
  void aRefusalOfTheTokenServiceIsDenied() {
    tokenAnswer = n -> Samples.status(401, "{\"details\":\"incorrect username or password\"}");

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure)
        .hasMessageContaining("incorrect username or password")
        .hasMessageContaining("repository:library/alpine:pull")
        .hasMessageContaining(upstream.name());
  }

  @Test
  void anAbsentTokenServiceDoesNotMakeContentAbsent() {
    tokenAnswer = n -> Samples.status(404);

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aFailureOfTheTokenServiceIsForgotten() throws RegistryException {
    tokenAnswer = n -> Samples.status(n == 1 ? 500 : 200, "{\"token\":\"token-1\"}");

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();
  }

  @Test
  void aRequirementThatCannotBeMetIsForgotten() throws RegistryException {
    boolean[] open = {false};
    try (FakeServer registry =
            FakeServer.start(
                request ->
                    open[0] ? Samples.manifestAnswer() : Samples.challenge("Basic realm=x"));
        Upstream anonymous = connect(UpstreamConfig.builder(registry.url()))) {
      assertThat(failure(() -> anonymous.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.DENIED);
      open[0] = true;
      assertThat(anonymous.manifest(ALPINE, LATEST)).isNotNull();
    }
  }

  @Test
  void theTokenServicesLimitIsPassedOn() {
    tokenAnswer = n -> new MockResponse.Builder().code(429).setHeader("Retry-After", "7").build();

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
  }
}
