package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.everythingSaidBy;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.upstream.Upstream;
import java.io.IOException;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okio.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials that are out of date, and identity tokens. */
class CredentialRenewalTest {

  private static final Credentials OLD = new Credentials("jane", "hunter2");
  private static final Credentials NEW = new Credentials("jane", "hunter3");
  private static final String OLD_BASIC = basic(OLD);
  private static final String NEW_BASIC = basic(NEW);

  /** Remembers the old ones until they are refused. */
  private static final class Remembering implements CredentialSource {
    private final AtomicInteger renewals = new AtomicInteger();
    private volatile Credentials current = OLD;
    private volatile Credentials next = NEW;

    @Override
    public Optional<Credentials> credentials() {
      return Optional.of(current);
    }

    @Override
    public Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
      renewals.incrementAndGet();
      current = next;
      return Optional.of(current);
    }
  }

  private final Remembering source = new Remembering();
  private volatile FakeServer.Handler tokenService = request -> Samples.status(500);
  private volatile FakeServer.Handler handler = request -> Samples.status(500);
  private final FakeServer tokens = FakeServer.start(request -> tokenService.answer(request));
  private final FakeServer registry = FakeServer.start(request -> handler.answer(request));

  @AfterEach
  void stop() {
    registry.close();
    tokens.close();
  }

  private Upstream upstream(CredentialSource credentials) {
    return Upstreams.connect(
        UpstreamConfig.builder(registry.url()).credentials(credentials).build());
  }

  private static String basic(Credentials credentials) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(Samples.utf8(credentials.username() + ":" + credentials.password()));
  }

  private static String authorization(RecordedRequest request) {
    return Objects.requireNonNullElse(request.getHeaders().get("Authorization"), "");
  }

  private MockResponse bearerOf(RecordedRequest request) {
    return authorization(request).startsWith("Bearer ")
        ? Samples.manifestAnswer()
        : Samples.challenge("Bearer realm=\"" + tokens.url() + "/token\",service=\"s\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void otherCredentialsAreTriedOnceAfterARefusalOfTheRegistry(int status) throws RegistryException {
    handler =
        request -> {
          String sent = authorization(request);
          if (sent.equals(NEW_BASIC)) {
            return Samples.manifestAnswer();
          }
          return sent.isEmpty() || status == 401
              ? Samples.challenge("Basic realm=\"x\"")
              : Samples.status(403);
        };
    try (Upstream upstream = upstream(source)) {
      upstream.manifest(ALPINE, LATEST);
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(registry.requests())
        .extracting(CredentialRenewalTest::authorization)
        .containsExactly("", OLD_BASIC, NEW_BASIC, NEW_BASIC);
    assertThat(source.renewals).hasValue(1);
  }

  @Test
  void otherCredentialsAreTriedOnceAfterARefusalOfTheTokenService() throws RegistryException {
    handler = this::bearerOf;
    tokenService =
        request ->
            authorization(request).equals(NEW_BASIC)
                ? Samples.status(200, "{\"token\":\"t\"}")
                : Samples.status(401);
    try (Upstream upstream = upstream(source)) {
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(tokens.requests())
        .extracting(CredentialRenewalTest::authorization)
        .containsExactly(OLD_BASIC, NEW_BASIC);
  }

  @Test
  void aRefusalIsFinalWithoutOtherCredentials() {
    source.next = OLD;
    handler = this::bearerOf;
    tokenService = request -> Samples.status(401);
    try (Upstream upstream = upstream(source)) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.DENIED);
    }
    assertThat(tokens.requests()).hasSize(1);
    assertThat(source.renewals).hasValue(1);
  }

  @Test
  void aSecondRefusalIsFinal() {
    handler =
        request ->
            authorization(request).isEmpty()
                ? Samples.challenge("Basic realm=\"x\"")
                : Samples.status(403);
    try (Upstream upstream = upstream(source)) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
      assertThat(everythingSaidBy(failure)).doesNotContain("hunter");
    }
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void aFailureToRenewReportsTheRefusal() {
    handler =
        request ->
            authorization(request).isEmpty()
                ? Samples.challenge("Basic realm=\"x\"")
                : Samples.status(401, "password expired");
    CredentialSource broken =
        new CredentialSource() {
          @Override
          public Optional<Credentials> credentials() {
            return Optional.of(OLD);
          }

          @Override
          public Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
            throw new IOException("the helper is gone");
          }
        };
    try (Upstream upstream = upstream(broken)) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)))
          .hasMessageContaining("password expired");
    }
  }

  @Test
  void aTokenServiceThatFailsIsNotARefusal() {
    handler = this::bearerOf;
    tokenService = request -> Samples.status(503);
    try (Upstream upstream = upstream(source)) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
    }
    assertThat(source.renewals).hasValue(0);
  }

  @Test
  void anIdentityTokenIsExchangedForAToken() throws RegistryException {
    handler = this::bearerOf;
    tokenService = request -> Samples.status(200, "{\"access_token\":\"t\",\"expires_in\":300}");
    try (Upstream upstream =
        upstream(CredentialSource.of(Credentials.identityToken("opaque+/=")))) {
      upstream.manifest(ALPINE, LATEST);
      upstream.manifest(ALPINE, LATEST);
    }

    RecordedRequest asked = tokens.requests().get(0);
    assertThat(asked.getMethod()).isEqualTo("POST");
    assertThat(asked.getTarget()).isEqualTo("/token");
    assertThat(authorization(asked)).isEmpty();
    assertThat(asked.getHeaders().get("Content-Type"))
        .startsWith("application/x-www-form-urlencoded");
    ByteString body = Objects.requireNonNull(asked.getBody());
    assertThat(body.utf8().split("&"))
        .containsExactly(
            "grant_type=refresh_token",
            "service=s",
            "client_id=cistern",
            "scope=repository%3Alibrary%2Falpine%3Apull",
            "refresh_token=opaque%2B%2F%3D");
    assertThat(tokens.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401})
  void aRefusedIdentityTokenIsNotInTheMessage(int status) {
    handler = this::bearerOf;
    tokenService =
        request ->
            Samples.status(
                status,
                "{\"error\":\"invalid_grant\",\"error_description\":\"what is opaque+/= or "
                    + Objects.requireNonNull(request.getBody()).utf8()
                    + "\"}");
    try (Upstream upstream =
        upstream(CredentialSource.of(Credentials.identityToken("opaque+/=")))) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
      assertThat(failure).hasMessageContaining("what is ***");
      assertThat(everythingSaidBy(failure)).doesNotContain("opaque");
    }
  }

  @Test
  void anIdentityTokenDoesNotFollowRedirects() {
    FakeServer elsewhere = FakeServer.start(request -> Samples.status(200, "{\"token\":\"t\"}"));
    handler = this::bearerOf;
    tokenService = request -> Samples.redirect(307, elsewhere.url());
    try (elsewhere;
        Upstream upstream = upstream(CredentialSource.of(Credentials.identityToken("opaque")))) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void anIdentityTokenIsNoPassword() {
    handler = request -> Samples.challenge("Basic realm=\"x\"");
    try (Upstream upstream = upstream(CredentialSource.of(Credentials.identityToken("opaque")))) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
      assertThat(failure).hasMessageContaining("only an identity token");
    }
    assertThat(registry.requests()).hasSize(1);
  }
}
