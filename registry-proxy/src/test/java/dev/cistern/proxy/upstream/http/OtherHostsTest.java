package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.testing.KeptPort;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hosts that are not the registry, and fail: targets of redirects and token services. */
class OtherHostsTest {

  private static final RepositoryName DEBIAN = new RepositoryName("library/debian");

  private final ManualClock clock = new ManualClock();
  private final KeptPort dead = KeptPort.open();
  private volatile FakeServer.Handler handler = request -> Samples.status(500);
  private volatile MockResponse otherAnswer = Samples.blobAnswer();
  private final FakeServer registry = FakeServer.start(request -> handler.answer(request));
  private final FakeServer other = FakeServer.start(request -> otherAnswer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).clock(clock).build());

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
    other.close();
    dead.close();
  }

  private String otherName() {
    return "127.0.0.1:" + other.port();
  }

  private MockResponse blobsElsewhere(RecordedRequest request, String host) {
    return request.getTarget().contains("/blobs/")
        ? Samples.redirect(307, "http://" + host + "/signed?n=" + registry.requests().size())
        : Samples.manifestAnswer();
  }

  private byte[] blob(Digest digest) throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, digest)) {
      return drain(blob);
    }
  }

  private UpstreamException blobFailure(Digest digest) {
    return (UpstreamException) failure(() -> blob(digest));
  }

  private static Digest digest(int n) {
    return Digest.sha256(new byte[] {(byte) n});
  }

  @Test
  void aDeadTargetOfRedirectsFailsNoManifestAndIsNamed() throws RegistryException {
    handler = request -> blobsElsewhere(request, dead.address());
    for (int i = 0; i < 5; i++) {
      UpstreamException failure = blobFailure(digest(i));
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure.otherHost()).contains(dead.address());
      assertThat(failure)
          .hasMessageContaining(digest(i).toString())
          .hasMessageContaining("after a redirect to " + dead.address())
          .hasMessageContaining("no connection");
    }

    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();
    assertThat(blobFailure(BLOB_DIGEST).kind()).isEqualTo(Kind.NOT_ASKED);
  }

  @Test
  void aFailingTargetIsTriedAgainByOneRequestAtATime() throws RegistryException {
    handler = request -> blobsElsewhere(request, otherName());
    otherAnswer = Samples.status(503);
    for (int i = 0; i < 3; i++) {
      assertThat(blobFailure(digest(i)).status()).hasValue(503);
    }

    assertThat(blobFailure(BLOB_DIGEST))
        .hasMessageEndingWith(
            "after a redirect to "
                + otherName()
                + ": it is failing (last error: it answered 503); next attempt in 1 s");
    clock.advance(Duration.ofSeconds(1));
    assertThat(blobFailure(digest(0)).status()).as("the one that tries").hasValue(503);
    assertThat(blobFailure(digest(1)).kind()).isEqualTo(Kind.NOT_ASKED);
    assertThat(other.requests()).hasSize(4);

    clock.advance(Duration.ofSeconds(2));
    otherAnswer = Samples.blobAnswer();
    assertThat(blob(BLOB_DIGEST)).isEqualTo(BLOB);
    assertThat(blob(BLOB_DIGEST)).isEqualTo(BLOB);
  }

  @Test
  void aBlobThatAlwaysFailsAtTheTargetFailsNoOther() throws RegistryException {
    handler = request -> blobsElsewhere(request, otherName());
    otherAnswer = Samples.status(500);
    for (int i = 0; i < 10; i++) {
      blobFailure(digest(0));
    }
    otherAnswer = Samples.blobAnswer();

    assertThat(blob(BLOB_DIGEST)).isEqualTo(BLOB);
  }

  @Test
  void theLimitOfATargetPausesOnlyThatTarget() throws RegistryException {
    handler = request -> blobsElsewhere(request, otherName());
    otherAnswer = new MockResponse.Builder().code(429).setHeader("Retry-After", "60").build();
    assertThat(blobFailure(digest(0)).retryAfter()).contains(Duration.ofSeconds(60));

    UpstreamException refused = blobFailure(digest(1));
    assertThat(refused.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(refused.kind()).isEqualTo(Kind.NOT_ASKED);
    assertThat(other.requests()).hasSize(1);
    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();

    clock.advance(Duration.ofSeconds(60));
    otherAnswer = Samples.blobAnswer();
    assertThat(blob(BLOB_DIGEST)).isEqualTo(BLOB);
  }

  private MockResponse guarded(RecordedRequest request, String tokenService) {
    return request.getHeaders().get("Authorization") == null
        ? Samples.challenge("Bearer realm=\"http://" + tokenService + "/token\"")
        : Samples.manifestAnswer();
  }

  @Test
  void aDeadTokenServiceIsNamedAndSoIsWhatTheClientRequested() {
    handler = request -> guarded(request, dead.address());
    for (int i = 0; i < 4; i++) {
      UpstreamException failure =
          (UpstreamException) failure(() -> upstream.manifest(ALPINE, LATEST));
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure.otherHost()).contains(dead.address());
      assertThat(failure)
          .hasMessageStartingWith("Cannot get manifest library/alpine:latest (upstream ")
          .hasMessageContaining(
              "no token for repository:library/alpine:pull from " + dead.address())
          .hasMessageContaining("no connection");
    }
    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)))
        .hasMessageStartingWith("Cannot get blob " + BLOB_DIGEST + " of library/alpine")
        .hasMessageContaining("it is failing (last error: no connection");
  }

  @Test
  void theLimitOfATokenServiceConcernsOnlyRequestsWithoutAToken() throws RegistryException {
    handler = request -> guarded(request, otherName());
    otherAnswer = Samples.status(200, "{\"token\":\"t\",\"expires_in\":300}");
    upstream.manifest(ALPINE, LATEST);
    otherAnswer = Samples.status(429);
    assertThat(failure(() -> upstream.manifest(DEBIAN, LATEST)).code())
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(failure(() -> upstream.manifest(DEBIAN, LATEST)).code())
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);

    assertThat(upstream.manifest(ALPINE, LATEST)).isNotNull();
    assertThat(other.requests()).as("token requests").hasSize(2);
  }

  @Test
  void theLimitOfATokenServiceOnTheRegistrysHostIsNotTheRegistrys() {
    handler =
        request ->
            request.getTarget().startsWith("/token")
                ? Samples.status(429)
                : guarded(request, "127.0.0.1:" + registry.port());

    UpstreamException failure =
        (UpstreamException) failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS);
    assertThat(failure.otherHost()).isPresent();
  }
}
