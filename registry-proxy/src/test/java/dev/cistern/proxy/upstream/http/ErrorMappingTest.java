package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.testing.KeptPort;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How an upstream's answers and the network's failures are reported. */
class ErrorMappingTest {

  private MockResponse answer = Samples.status(500);
  private final FakeServer registry = FakeServer.start(request -> answer);
  private final Upstream upstream = connect(registry.url());

  private static Upstream connect(String url) {
    return Upstreams.connect(UpstreamConfig.builder(url).clock(new ManualClock()).build());
  }

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
  }

  @ParameterizedTest
  @CsvSource({
    "400, REQUEST_REFUSED",
    "401, DENIED",
    "403, DENIED",
    "405, REQUEST_REFUSED",
    "406, REQUEST_REFUSED",
    "407, BAD_GATEWAY",
    "408, BAD_GATEWAY",
    "412, BAD_GATEWAY",
    "413, REQUEST_REFUSED",
    "414, REQUEST_REFUSED",
    "415, REQUEST_REFUSED",
    "416, BAD_GATEWAY",
    "410, REQUEST_REFUSED",
    "418, REQUEST_REFUSED",
    "421, BAD_GATEWAY",
    "422, REQUEST_REFUSED",
    "425, BAD_GATEWAY",
    "426, BAD_GATEWAY",
    "428, BAD_GATEWAY",
    "431, BAD_GATEWAY",
    "429, TOOMANYREQUESTS",
    "451, DENIED",
    "500, BAD_GATEWAY",
    "502, BAD_GATEWAY",
    "503, BAD_GATEWAY",
    "504, BAD_GATEWAY",
    "599, BAD_GATEWAY",
    "202, BAD_GATEWAY",
    "204, BAD_GATEWAY",
    "206, BAD_GATEWAY",
    "300, BAD_GATEWAY",
    "304, BAD_GATEWAY"
  })
  void everyStatusHasItsCodeAndNamesTheUpstream(int status, ErrorCode code) {
    answer = Samples.status(status);
    for (RegistryException failure :
        new RegistryException[] {
          failure(() -> upstream.manifest(ALPINE, LATEST)),
          failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)),
          failure(() -> upstream.tags(ALPINE, Page.FIRST))
        }) {
      assertThat(failure.code()).isEqualTo(code);
      assertThat(failure).hasMessageContaining(upstream.name()).hasMessageContaining("" + status);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NAME_INVALID, NAME_INVALID",
    "TAG_INVALID, TAG_INVALID",
    "DIGEST_INVALID, DIGEST_INVALID",
    "MANIFEST_INVALID, MANIFEST_INVALID",
    "DENIED, DENIED",
    "UNAUTHORIZED, DENIED",
    "UNSUPPORTED, REQUEST_REFUSED",
    "MANIFEST_UNKNOWN, REQUEST_REFUSED",
    "BLOB_UNKNOWN, REQUEST_REFUSED",
    "NAME_UNKNOWN, REQUEST_REFUSED",
    "TOOMANYREQUESTS, REQUEST_REFUSED",
    "SOMETHING_ELSE, REQUEST_REFUSED"
  })
  void whatIsWrongWithTheRequestIsTold(String said, ErrorCode code) {
    for (int status : new int[] {400, 422}) {
      answer = Samples.status(status, "{\"errors\":[{\"code\":\"" + said + "\"}]}");

      UpstreamException failure =
          (UpstreamException) failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(code);
      assertThat(failure.kind()).isEqualTo(UpstreamException.Kind.STATUS);
      assertThat(failure.evidence()).isEqualTo(UpstreamException.Evidence.NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 405, 406, 410, 413, 414, 415, 418, 422, 451})
  void aRefusalOfARedirectTargetIsNoneOfTheRequest(int status) {
    FakeServer storage = FakeServer.start(request -> Samples.status(status));
    try (storage) {
      answer =
          new MockResponse.Builder().code(307).setHeader("Location", storage.url() + "/x").build();

      assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 422})
  void aRefusedPageIsTold(int status) {
    answer = Samples.status(status);

    assertThat(
            failure(() -> upstream.tags(ALPINE, new Page(OptionalInt.of(5), Optional.empty())))
                .code())
        .isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
  }

  @Test
  void a404HasTheErrorCodeOfItsKindOfContent() {
    answer = Samples.status(404);
    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(failure(() -> upstream.headManifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.NAME_UNKNOWN);

    answer = Samples.status(404, "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}");
    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.NAME_UNKNOWN);
    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void aFailedHeadReportsItsStatusOnly() {
    answer = Samples.status(403, "not to be seen");

    RegistryException failure = failure(() -> upstream.headManifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(failure).hasMessageEndingWith("it answered 403");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no access\"}]} | DENIED: no access",
        "{\"errors\":[{\"code\":\"DENIED\"}]} | DENIED",
        "{\"error\":\"invalid\",\"error_description\":\"wrong realm\"} | wrong realm",
        "{\"message\":\"blocked by policy\"} | blocked by policy",
        "{\"details\":\"too bad\"} | too bad",
        "plain words | plain words"
      })
  void theUpstreamsErrorMessageIsPassedOn(String body, String said) {
    answer = Samples.status(403, body);

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)))
        .hasMessageEndingWith("it answered 403: " + said);
  }

  @Test
  void theUpstreamsErrorMessageIsShortenedAndCleaned() {
    answer = Samples.status(403, "line\r\n\u001b[2Jline\u0000 " + "x".repeat(100_000));

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.getMessage())
        .hasSizeLessThan(400)
        .contains("line [2Jline xxx")
        .doesNotContainPattern("\\p{Cntrl}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<html>A page</html>",
        "{}",
        "[]",
        "{\"errors\":[]}",
        "{\"errors\":{\"code\":{}}}",
        "null"
      })
  void htmlPagesAndEmptyErrorsAddNoMessage(String body) {
    answer = Samples.status(500, body);

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)))
        .hasMessageEndingWith("it answered 500");
  }

  @Test
  void anErrorWhoseBodyIsCutKeepsItsStatus() {
    answer =
        Samples.status(403, "x".repeat(5000))
            .newBuilder()
            .onResponseBody(new SocketEffect.CloseSocket())
            .build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code()).isEqualTo(ErrorCode.DENIED);
  }

  @Test
  void a429PassesRetryAfterOn() {
    answer = limited("30");
    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).retryAfter())
        .contains(Duration.ofSeconds(30));

    answer = limited("Mon, 23 Nov 2026 12:02:00 GMT");
    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).retryAfter())
        .contains(Duration.ofMinutes(2));

    answer = limited("whenever");
    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).retryAfter()).isEmpty();
  }

  private static MockResponse limited(String wait) {
    return new MockResponse.Builder().code(429).setHeader("Retry-After", wait).build();
  }

  @Test
  void noConnectionIsABadGateway() {
    try (KeptPort port = KeptPort.open();
        Upstream absent = connect("http://" + port.address())) {
      RegistryException failure = failure(() -> absent.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining(absent.name()).hasMessageContaining("no connection");
      assertThat(failure).hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void anUnknownHostIsABadGateway() {
    try (Upstream nowhere =
        Upstreams.connect(
            UpstreamConfig.builder("https://registry.example.com").build(),
            CacheListener.NONE,
            client ->
                client.dns(
                    host -> {
                      throw new UnknownHostException(host + ": Name or service not known");
                    }))) {
      RegistryException failure = failure(() -> nowhere.headManifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure)
          .hasMessageContaining("registry.example.com")
          .hasMessageContaining("cannot be resolved");
    }
  }

  @Test
  void aCertificateThatIsNotTrustedIsABadGateway() {
    try (FakeServer secure =
            FakeServer.startTls(TestTls.SERVER, request -> Samples.manifestAnswer());
        Upstream distrusting = connect("https://localhost:" + secure.port())) {
      RegistryException failure = failure(() -> distrusting.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("TLS failed");
      assertThat(secure.requests()).isEmpty();
    }
  }

  @Test
  void aConnectionThatIsCutBeforeTheHeadersIsABadGateway() {
    answer = new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void whatIsNotHttpIsABadGateway() {
    answer = new MockResponse.Builder().status("SSH-2.0-OpenSSH_9.2").build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void anInterruptionIsNoFailureOfTheUpstream() {
    Thread.currentThread().interrupt();
    try {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(failure).hasMessageContaining("interrupted");
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }
}
