package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redirects, as registries send them to object storage and mirrors. */
class RedirectTest {

  private final FakeServer storage = FakeServer.start(request -> Samples.blobAnswer());
  private volatile FakeServer.Handler handler = request -> Samples.status(500);
  private final FakeServer registry = FakeServer.start(request -> handler.answer(request));
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).build());

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
    storage.close();
  }

  private byte[] blob(Upstream from) throws RegistryException {
    try (UpstreamBlob blob = from.blob(ALPINE, BLOB_DIGEST)) {
      return drain(blob);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void areFollowedToOtherHosts(int status) throws RegistryException {
    handler = request -> Samples.redirect(status, storage.url() + "/data?sig=x%2By");

    assertThat(blob(upstream)).isEqualTo(BLOB);
    assertThat(storage.requests().get(0).getTarget()).isEqualTo("/data?sig=x%2By");
  }

  @Test
  void mayBeRelative() throws RegistryException {
    handler =
        request ->
            request.getTarget().startsWith("/v2/library/alpine/data")
                ? Samples.blobAnswer()
                : Samples.redirect(302, "../data?x=y");

    assertThat(blob(upstream)).isEqualTo(BLOB);
  }

  @Test
  void keepMethodRangeAndCondition() throws RegistryException {
    handler = request -> Samples.redirect(303, storage.url() + "/data");

    upstream.headBlob(ALPINE, BLOB_DIGEST);
    upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(5).ifStill("\"e\"")).close();

    RecordedRequest head = storage.requests().get(0);
    RecordedRequest get = storage.requests().get(1);
    assertThat(head.getMethod()).isEqualTo("HEAD");
    assertThat(get.getHeaders().get("Range")).isEqualTo("bytes=5-");
    assertThat(get.getHeaders().get("If-Range")).isEqualTo("\"e\"");
    assertThat(get.getHeaders().get("Accept-Encoding")).isEqualTo("identity");
  }

  @Test
  void areFollowedOnceForAllPartsOfABlobUntilTheTargetRefuses() throws RegistryException {
    AtomicInteger signatures = new AtomicInteger();
    AtomicInteger valid = new AtomicInteger(1);
    try (FakeServer signed =
        FakeServer.start(
            request ->
                request.getTarget().endsWith("sig=" + valid)
                    ? part(request.getHeaders().get("Range"))
                    : Samples.status(403))) {
      handler =
          request ->
              Samples.redirect(307, signed.url() + "/data?sig=" + signatures.incrementAndGet());

      for (int first = 0; first < 30; first += 10) {
        assertThat(part(first)).isEqualTo(Arrays.copyOfRange(BLOB, first, first + 10));
      }
      assertThat(registry.requests()).hasSize(1);
      assertThat(signed.requests()).hasSize(3);

      valid.set(2);
      assertThat(part(30)).isEqualTo(Arrays.copyOfRange(BLOB, 30, 40));
      assertThat(registry.requests()).hasSize(2);
      assertThat(part(40)).isEqualTo(Arrays.copyOfRange(BLOB, 40, 50));
      assertThat(registry.requests()).hasSize(2);
    }
  }

  private byte[] part(int first) throws RegistryException {
    try (UpstreamBlob blob =
        upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(first).upTo(first + 10))) {
      return drain(blob);
    }
  }

  private static MockResponse part(String range) {
    String[] bounds = range.substring("bytes=".length()).split("-", -1);
    int first = Integer.parseInt(bounds[0]);
    int end = Integer.parseInt(bounds[1]) + 1;
    return new MockResponse.Builder()
        .code(206)
        .setHeader("Content-Range", "bytes " + first + "-" + (end - 1) + "/" + BLOB.length)
        .body(Samples.buffer(Arrays.copyOf(BLOB, end), first))
        .build();
  }

  @Test
  void areFollowedTenTimesAndNoMore() throws RegistryException {
    AtomicInteger left = new AtomicInteger(10);
    handler =
        request ->
            left.getAndDecrement() > 0
                ? Samples.redirect(307, "/hop/" + left)
                : Samples.blobAnswer();
    assertThat(blob(upstream)).isEqualTo(BLOB);
    assertThat(registry.requests()).hasSize(11);

    left.set(11);
    RegistryException failure = failure(() -> blob(upstream));
    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("redirected more than 10 times");
    assertThat(registry.requests()).hasSize(22);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://localhost/x",
        "file:///etc/passwd",
        "http://",
        "http://a b/",
        "javascript:x"
      })
  void leadOnlyToHttpUrls(String location) {
    handler = request -> Samples.redirect(302, location);

    RegistryException failure = failure(() -> blob(upstream));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void needALocation() {
    handler = request -> Samples.status(302);

    assertThat(failure(() -> blob(upstream))).hasMessageContaining("without a Location");
  }

  @Test
  void fromHttpsToPlainHttpAreRefused() {
    try (FakeServer secure =
            FakeServer.startTls(
                TestTls.SERVER, request -> Samples.redirect(307, storage.url() + "/data"));
        Upstream other =
            TestTls.connect(
                UpstreamConfig.builder("https://r.example.com:" + secure.port()).build())) {
      RegistryException failure = failure(() -> blob(other));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("from https to plain http");
      assertThat(storage.requests()).isEmpty();
    }
  }

  @Test
  void fromPlainHttpToHttpsAreFollowed() throws RegistryException {
    try (FakeServer secure = FakeServer.startTls(TestTls.SERVER, request -> Samples.blobAnswer());
        Upstream other = TestTls.connect(UpstreamConfig.builder(registry.url()).build())) {
      handler = request -> Samples.redirect(307, "https://s.example.com:" + secure.port() + "/d");

      assertThat(blob(other)).isEqualTo(BLOB);
    }
  }

  @Test
  void withinTheUpstreamKeepTheAuthorization() throws RegistryException {
    handler =
        request -> {
          if (request.getHeaders().get("Authorization") == null) {
            return Samples.challenge("Basic realm=x");
          }
          return request.getTarget().equals("/moved")
              ? Samples.manifestAnswer()
              : Samples.redirect(308, registry.url() + "/moved");
        };
    try (Upstream known =
        Upstreams.connect(
            UpstreamConfig.builder(registry.url())
                .credentials(new Credentials("jane", "x"))
                .build())) {
      assertThat(known.manifest(ALPINE, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 410})
  void toAnExpiredUrlAreRequestedAgain(int status) throws Exception {
    try (FakeServer signed =
        FakeServer.start(
            request ->
                request.getTarget().equals("/data?sig=new")
                    ? Samples.blobAnswer()
                    : Samples.status(status))) {
      AtomicInteger given = new AtomicInteger();
      handler =
          request ->
              Samples.redirect(
                  307,
                  signed.url() + "/data?sig=" + (given.getAndIncrement() == 0 ? "old" : "new"));

      assertThat(blob(upstream)).isEqualTo(BLOB);
      assertThat(registry.requests()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 410})
  void toAUrlThatRefusesAreRequestedAgainOnce(int status) throws Exception {
    try (FakeServer signed = FakeServer.start(request -> Samples.status(status))) {
      handler = request -> Samples.redirect(307, signed.url() + "/data");

      RegistryException failure = failure(() -> blob(upstream));

      assertThat(failure).hasMessageContaining("it answered " + status);
      assertThat(registry.requests()).hasSize(2);
      assertThat(signed.requests()).hasSize(2);
    }
  }

  @Test
  void withinTheUpstreamHaveNotExpired() {
    handler =
        request ->
            request.getTarget().equals("/gone")
                ? Samples.status(404)
                : Samples.redirect(307, "/gone");

    assertThat(failure(() -> blob(upstream)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(registry.requests()).hasSize(2);
  }

  @Test
  void absenceAtTheEndOfOneIsAbsence() throws Exception {
    try (FakeServer empty = FakeServer.start(request -> Samples.status(404))) {
      handler = request -> Samples.redirect(307, empty.url() + "/gone");

      assertThat(failure(() -> blob(upstream)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    }
  }

  @Test
  void withAnEndlessBodyAreFollowed() throws RegistryException {
    MockResponse endless =
        Samples.redirect(307, storage.url() + "/data")
            .newBuilder()
            .body(Samples.buffer(Samples.bytes(20_000_000)))
            .throttleBody(1024, 1, TimeUnit.SECONDS)
            .build();
    handler = request -> endless;

    assertThat(blob(upstream)).isEqualTo(BLOB);
  }
}
