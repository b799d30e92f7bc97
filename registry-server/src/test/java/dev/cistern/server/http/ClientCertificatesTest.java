package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.TlsConfig;
import dev.cistern.server.config.TlsConfig.ClientAuth;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that show a certificate, over HTTP/1.1 and HTTP/2. */
class ClientCertificatesTest {

  private static final HeldCertificate ISSUER =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("issuer").build();
  private static final HeldCertificate CLIENT =
      new HeldCertificate.Builder().signedBy(ISSUER).commonName("client").build();
  private static final HeldCertificate STRANGER =
      new HeldCertificate.Builder().commonName("stranger").build();

  @TempDir Path directory;

  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningServer server(ClientAuth clientAuth) throws IOException {
    Path issuers = Files.writeString(directory.resolve("clients.pem"), ISSUER.certificatePem());
    HttpConfig https = Https.config(directory, HttpConfig.Http2.ENABLED);
    TlsConfig tls = https.tls().orElseThrow();
    return RunningServer.start(
        RunningServer.config(
            upstream,
            RunningServer.inMemory(),
            new HttpConfig(
                https.addr(),
                https.prefix(),
                https.host(),
                https.headers(),
                https.drainTimeout(),
                https.limits(),
                Optional.of(
                    new TlsConfig(
                        tls.certificate(), tls.key(), tls.minimum(), List.of(issuers), clientAuth)),
                https.http2(),
                https.debug())));
  }

  private static HttpResponse<byte[]> ask(
      RunningServer server, HttpClient.Version version, Optional<HeldCertificate> certificate) {
    HandshakeCertificates.Builder trust =
        new HandshakeCertificates.Builder().addTrustedCertificate(Https.certificate());
    certificate.ifPresent(trust::heldCertificate);
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(trust.build().sslContext())
        .build()
        .sendAsync(
            HttpRequest.newBuilder(
                    URI.create("https://127.0.0.1:" + server.address().getPort() + "/v2/"))
                .timeout(RunningServer.DEADLINE)
                .build(),
            BodyHandlers.ofByteArray())
        .join();
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void whoHasACertificateOfTheIssuerIsServed(HttpClient.Version version) throws IOException {
    try (RunningServer server = server(ClientAuth.REQUIRED)) {
      HttpResponse<byte[]> answer = ask(server, version, Optional.of(CLIENT));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(version);
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void whoHasNoneOrAnotherIsRefusedInTheHandshake(HttpClient.Version version) throws IOException {
    try (RunningServer server = server(ClientAuth.REQUIRED)) {
      assertThatThrownBy(() -> ask(server, version, Optional.empty()))
          .isInstanceOf(CompletionException.class);
      assertThatThrownBy(() -> ask(server, version, Optional.of(STRANGER)))
          .isInstanceOf(CompletionException.class);
    }
  }

  @Test
  void whereItIsNotRequiredOnlyTheRightOneIsTaken() throws IOException {
    try (RunningServer server = server(ClientAuth.IF_GIVEN)) {
      HttpClient.Version version = HttpClient.Version.HTTP_2;
      assertThat(ask(server, version, Optional.empty()).statusCode()).isEqualTo(200);
      assertThat(ask(server, version, Optional.of(CLIENT)).statusCode()).isEqualTo(200);
    }
  }
}
