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
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Handshake;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS with an upstream: additional issuers, client certificates, HTTP/2. */
@Timeout(60)
class ClientTlsTest {

  private static final HeldCertificate ISSUER =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("an issuer").build();
  private static final HeldCertificate SERVER =
      new HeldCertificate.Builder().signedBy(ISSUER).addSubjectAlternativeName("localhost").build();
  private static final HeldCertificate CLIENT =
      new HeldCertificate.Builder().signedBy(ISSUER).commonName("cistern").build();

  private final MockWebServer registry = new MockWebServer();

  @BeforeEach
  void start() throws IOException {
    registry.useHttps(
        new HandshakeCertificates.Builder()
            .heldCertificate(SERVER)
            .addTrustedCertificate(ISSUER.certificate())
            .build()
            .sslSocketFactory());
    registry.start(InetAddress.getByName("localhost"), 0);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private UpstreamConfigBuilder config() {
    return UpstreamConfig.builder("https://localhost:" + registry.getPort());
  }

  @Test
  void anIssuerThatIsNotTrustedIsAnError() {
    registry.enqueue(Samples.manifestAnswer());
    try (Upstream upstream = Upstreams.connect(config().build())) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("TLS failed");
    }
  }

  @Test
  void eachCallFailsWhenTheHttpClientCannotBeCreated() {
    OkHttpClient.Builder broken = new OkHttpClient.Builder();
    broken.interceptors().add(null);
    try (Upstream upstream =
        Upstreams.connect(config().build(), CacheListener.NONE, client -> broken)) {
      for (int i = 0; i < 2; i++) {
        RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

        assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
        assertThat(failure).hasMessageContaining("client cannot be created");
      }
    }
  }

  @Test
  void anIssuerMayBeTrustedBesidesTheJdks() throws Exception {
    registry.enqueue(Samples.manifestAnswer());
    try (Upstream upstream =
        Upstreams.connect(config().trustedIssuer(ISSUER.certificate()).build())) {
      assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
  }

  @Test
  void aCertificateIsShownToAnUpstreamThatAsksForOne() throws Exception {
    registry.requireClientAuth();
    registry.enqueue(Samples.manifestAnswer());
    try (Upstream upstream =
        Upstreams.connect(
            config()
                .trustedIssuer(ISSUER.certificate())
                .clientIdentity(
                    new HandshakeCertificates.Builder()
                        .heldCertificate(CLIENT)
                        .build()
                        .keyManager())
                .build())) {
      upstream.manifest(ALPINE, LATEST);
    }

    Handshake handshake = registry.takeRequest().getHandshake();
    assertThat(handshake).isNotNull();
    assertThat(handshake.peerCertificates()).first().isEqualTo(CLIENT.certificate());
  }

  @Test
  void withoutACertificateSuchAnUpstreamRefuses() {
    registry.requireClientAuth();
    try (Upstream upstream =
        Upstreams.connect(config().trustedIssuer(ISSUER.certificate()).build())) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
    }
  }

  @ParameterizedTest
  @EnumSource(HttpVersion.class)
  void theVersionOfHttpIsConfigurable(HttpVersion version) throws Exception {
    registry.enqueue(Samples.blobAnswer());
    try (Upstream upstream =
            Upstreams.connect(
                config().trustedIssuer(ISSUER.certificate()).httpVersion(version).build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(drain(blob)).isEqualTo(BLOB);
    }
    assertThat(spoken(registry.takeRequest()))
        .isEqualTo(version == HttpVersion.HTTP_2 ? "HTTP/2" : "HTTP/1.1");
  }

  @Test
  void http2FallsBackToHttp11() throws Exception {
    registry.setProtocols(List.of(Protocol.HTTP_1_1));
    registry.enqueue(Samples.blobAnswer());
    try (Upstream upstream =
            Upstreams.connect(
                config()
                    .trustedIssuer(ISSUER.certificate())
                    .httpVersion(HttpVersion.HTTP_2)
                    .build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(drain(blob)).isEqualTo(BLOB);
    }
    assertThat(spoken(registry.takeRequest())).isEqualTo("HTTP/1.1");
  }

  private static String spoken(RecordedRequest request) {
    String line = request.getRequestLine();
    return line.substring(line.lastIndexOf(' ') + 1);
  }
}
