package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static dev.cistern.proxy.upstream.http.Samples.MANIFEST;
import static dev.cistern.proxy.upstream.http.Samples.MANIFEST_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.OCI_MANIFEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GET and HEAD of manifests (distribution specification, end-3). */
class ManifestTest {

  private MockResponse answer = Samples.manifestAnswer();
  private final FakeServer registry = FakeServer.start(request -> answer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).metadataLimit(8_000_000).build());

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
  }

  private static MockResponse.Builder typed(byte[] body) {
    return new MockResponse.Builder()
        .setHeader("Content-Type", OCI_MANIFEST)
        .body(Samples.buffer(body));
  }

  @Test
  void isFetchedWithItsDigestAndType() throws RegistryException {
    UpstreamManifest manifest = upstream.manifest(ALPINE, LATEST);

    assertThat(manifest.digest()).isEqualTo(MANIFEST_DIGEST);
    assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    assertThat(manifest.bytes()).isEqualTo(MANIFEST);
    assertThat(manifest.body().isReadOnly()).isTrue();
  }

  @Test
  void isRequestedWithAllManifestTypesAndUncompressed() throws RegistryException {
    upstream.manifest(ALPINE, LATEST);

    RecordedRequest request = registry.requests().get(0);
    assertThat(request.getRequestLine())
        .isEqualTo("GET /v2/library/alpine/manifests/latest HTTP/1.1");
    assertThat(request.getHeaders().get("Accept"))
        .contains(MediaType.manifestTypes().stream().map(MediaType::value).toList())
        .endsWith(", */*");
    assertThat(request.getHeaders().get("Accept-Encoding")).isEqualTo("identity");
    assertThat(request.getHeaders().get("User-Agent")).startsWith("cistern/");
    assertThat(request.getHeaders().get("Authorization")).isNull();
  }

  @Test
  void stripsTheParametersOfItsType() throws RegistryException {
    answer = typed(MANIFEST).setHeader("Content-Type", OCI_MANIFEST + "; charset=utf-8").build();

    assertThat(upstream.manifest(ALPINE, LATEST).mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
  }

  @Test
  void takesItsTypeFromTheBodyWithoutAHeader() throws RegistryException {
    answer = typed(MANIFEST).removeHeader("Content-Type").build();

    assertThat(upstream.manifest(ALPINE, MANIFEST_DIGEST).mediaType())
        .isEqualTo(MediaType.OCI_MANIFEST);
  }

  @Test
  void itsDigestIsComputedWhenTheHeaderIsMissingOrInvalid() throws RegistryException {
    answer = typed(MANIFEST).build();
    assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(MANIFEST_DIGEST);

    answer = typed(MANIFEST).setHeader("Docker-Content-Digest", "md5:abc").build();
    assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(MANIFEST_DIGEST);
  }

  @Test
  void isVerifiedInTheAlgorithmOfTheReferenceAndOfTheHeader() throws RegistryException {
    Digest sha512 = Digest.of(DigestAlgorithm.SHA512, MANIFEST);

    assertThat(upstream.manifest(ALPINE, sha512).digest()).isEqualTo(sha512);
    answer = typed(MANIFEST).setHeader("Docker-Content-Digest", sha512).build();
    assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(sha512);
    assertThat(upstream.manifest(ALPINE, MANIFEST_DIGEST).digest()).isEqualTo(MANIFEST_DIGEST);
  }

  @Test
  void isRefusedWhenItsBodyHasAnotherDigestThanRequested() {
    Digest other = Digest.sha256(new byte[] {1});

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, other));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining(other.toString()).hasMessageContaining("127.0.0.1");
  }

  @Test
  void isRefusedWhenItsBodyContradictsTheHeader() {
    answer = typed(MANIFEST).setHeader("Docker-Content-Digest", Digest.sha256(new byte[1])).build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure(() -> upstream.manifest(ALPINE, MANIFEST_DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void isRefusedWhenItIsShorterThanDeclared() {
    answer =
        typed(MANIFEST)
            .setHeader("Content-Length", MANIFEST.length + 10)
            .onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE)
            .build();

    assertThat(failure(() -> upstream.manifest(ALPINE, MANIFEST_DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void mayBeLargeAndChunked() throws RegistryException {
    byte[] large = Samples.bytes(5_000_000);
    answer =
        new MockResponse.Builder()
            .setHeader("Content-Type", "application/vnd.example+json")
            .chunkedBody(Samples.buffer(large), 100_000)
            .build();

    UpstreamManifest manifest = upstream.manifest(ALPINE, Digest.sha256(large));

    assertThat(manifest.bytes()).isEqualTo(large);
    assertThat(manifest.mediaType()).isEqualTo(new MediaType("application/vnd.example+json"));
  }

  @Test
  void isRefusedBeyondTheLimitWhetherDeclaredOrNot() {
    byte[] huge = Samples.bytes(8_000_001);
    answer = typed(huge).build();
    assertThat(failure(() -> upstream.manifest(ALPINE, Digest.sha256(huge))))
        .hasMessageContaining("limit");

    answer = new MockResponse.Builder().chunkedBody(Samples.buffer(huge), 100_000).build();
    RegistryException failure = failure(() -> upstream.manifest(ALPINE, Digest.sha256(huge)));
    assertThat(failure).hasMessageContaining("limit");
    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void ofATagIsNotALoginPage() {
    answer =
        new MockResponse.Builder()
            .setHeader("Content-Type", "text/html")
            .body("<html>Please log in</html>")
            .build();

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("not a manifest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0\0\0\0\0\0\0\0",
        "not JSON",
        "[]",
        "{}",
        "{\"errors\":[]}",
        "{\"schemaVersion\":2",
        "<html>{}</html>"
      })
  void ofATagIsAManifestWhateverItsTypeSays(String body) {
    for (String type : List.of(OCI_MANIFEST, "application/json", "text/plain")) {
      answer = new MockResponse.Builder().setHeader("Content-Type", type).body(body).build();

      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("not a manifest");
    }
  }

  @Test
  void ofATagIsNoJunkAlthoughItsDigestIsRight() {
    byte[] junk = new byte[64];
    answer = typed(junk).setHeader("Docker-Content-Digest", Digest.sha256(junk)).build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)))
        .hasMessageContaining("not a manifest");
  }

  @Test
  void ofATagMayHaveAnUnknownTypeWithADigest() throws RegistryException {
    byte[] unknown = "{\"future\": true}".getBytes(StandardCharsets.UTF_8);
    answer =
        typed(unknown)
            .setHeader("Content-Type", "application/vnd.example.future+json")
            .setHeader("Docker-Content-Digest", Digest.sha256(unknown))
            .build();

    assertThat(upstream.manifest(ALPINE, LATEST).bytes()).isEqualTo(unknown);
  }

  @Test
  void ofATagMayBeOfSchema1() throws RegistryException {
    byte[] signed =
        "{\"schemaVersion\": 1, \"fsLayers\": [], \"signatures\": [{}]}"
            .getBytes(StandardCharsets.UTF_8);
    MediaType type = MediaType.DOCKER_SCHEMA1_SIGNED;
    answer = typed(signed).setHeader("Content-Type", type.value()).build();

    assertThat(upstream.manifest(ALPINE, LATEST).mediaType()).isEqualTo(type);
  }

  @Test
  void byDigestMayBeAnything() throws RegistryException {
    byte[] junk = new byte[64];
    answer = typed(junk).build();

    assertThat(upstream.manifest(ALPINE, Digest.sha256(junk)).bytes()).isEqualTo(junk);
  }

  @Test
  void ofARegistryBelowAPathIsAskedForThere() throws RegistryException {
    try (Upstream below =
        Upstreams.connect(UpstreamConfig.builder(registry.url() + "/some/prefix/").build())) {
      below.manifest(ALPINE, LATEST);
    }

    assertThat(registry.requests().get(0).getTarget())
        .isEqualTo("/some/prefix/v2/library/alpine/manifests/latest");
  }

  @Test
  void headSaysDigestTypeAndSize() throws RegistryException {
    assertThat(upstream.headManifest(ALPINE, LATEST))
        .contains(
            new ManifestHead(
                MANIFEST_DIGEST,
                Optional.of(MediaType.OCI_MANIFEST),
                OptionalLong.of(MANIFEST.length)));
    assertThat(registry.requests().get(0).getMethod()).isEqualTo("HEAD");
  }

  @Test
  void headMayLackTypeAndLength() throws RegistryException {
    answer =
        new MockResponse.Builder()
            .removeHeader("Content-Length")
            .setHeader("Docker-Content-Digest", MANIFEST_DIGEST)
            .build();

    assertThat(upstream.headManifest(ALPINE, LATEST))
        .contains(new ManifestHead(MANIFEST_DIGEST, Optional.empty(), OptionalLong.empty()));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 405, 501})
  void headIsEmptyWhenTheUpstreamDoesNotSupportIt(int status) throws RegistryException {
    answer = Samples.status(status);

    assertThat(upstream.headManifest(ALPINE, LATEST)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sha256:xyz", "md5:00"})
  void headIsEmptyWithoutAUsableDigest(String digest) throws RegistryException {
    answer = typed(MANIFEST).setHeader("Docker-Content-Digest", digest).build();

    assertThat(upstream.headManifest(ALPINE, LATEST)).isEmpty();
  }

  @Test
  void headOfADigestMustNotNameAnother() {
    RegistryException failure =
        failure(() -> upstream.headManifest(ALPINE, Digest.sha256(new byte[1])));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void headsInQuickSuccessionHaveTheirOwnConnections() throws RegistryException {
    upstream.headManifest(ALPINE, LATEST);
    upstream.headManifest(ALPINE, LATEST);

    // See AnswerStream.SILENCE_NANOS.
    assertThat(registry.requests().get(1).getExchangeIndex()).isZero();
  }

  @Test
  void anEmptyBodyIsNoManifest() {
    answer = new MockResponse.Builder().body(new Buffer()).build();

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }
}
