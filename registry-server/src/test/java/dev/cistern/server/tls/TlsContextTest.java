package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.undertow.Undertow;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TlsContextTest {

  private static final HeldCertificate SERVER =
      new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();

  private final Path directory;

  TlsContextTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<Arguments> keys() {
    HeldCertificate rsa = new HeldCertificate.Builder().rsa2048().build();
    return Stream.of(
        arguments("RSA, PKCS#8", rsa.certificatePem(), rsa.privateKeyPkcs8Pem()),
        arguments("RSA, PKCS#1", rsa.certificatePem(), rsa.privateKeyPkcs1Pem()),
        arguments("P-256, PKCS#8", SERVER.certificatePem(), SERVER.privateKeyPkcs8Pem()),
        fixtures("rsa", "rsa-pkcs1"),
        fixtures("p256", "p256-sec1"),
        fixtures("p256", "p256-pkcs8"),
        fixtures("p384", "p384-sec1"),
        fixtures("p384", "p384-pkcs8"),
        fixtures("p521", "p521-sec1"),
        fixtures("p521", "p521-pkcs8"),
        fixtures("ed25519", "ed25519"));
  }

  private static Arguments fixtures(String certificate, String key) {
    return arguments(
        "OpenSSL's " + key,
        PemFiles.fixture(certificate + ".certificate"),
        PemFiles.fixture(key + ".key"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void everyKindOfKeyServesBothProtocolVersions(String name, String certificate, String key)
      throws Exception {
    SSLContext context = serving(certificate, key);

    X509Certificate expected = certificate(certificate);
    assertThat(Handshake.chain(context, expected, "TLSv1.2")).containsExactly(expected);
    assertThat(Handshake.chain(context, expected, "TLSv1.3")).containsExactly(expected);
  }

  @Test
  void theChainOfTheFileIsSentInItsOrder() throws Exception {
    HeldCertificate root = new HeldCertificate.Builder().certificateAuthority(1).build();
    HeldCertificate issuer =
        new HeldCertificate.Builder().certificateAuthority(0).signedBy(root).build();
    HeldCertificate leaf = new HeldCertificate.Builder().signedBy(issuer).build();

    SSLContext context =
        serving(leaf.certificatePem() + issuer.certificatePem(), leaf.privateKeyPkcs8Pem());

    assertThat(Handshake.chain(context, root.certificate(), "TLSv1.3"))
        .containsExactly(leaf.certificate(), issuer.certificate());
  }

  @Test
  void certificateAndKeyMayShareOneFile() throws Exception {
    Path both = directory.resolve("both.pem");
    Files.writeString(both, SERVER.privateKeyPkcs8Pem() + SERVER.certificatePem());

    SSLContext context = TlsContext.of(new PemFiles(both, both).config());

    assertServes(context);
  }

  @Test
  void textAroundTheBlocksAndTheWayThatLinesEndDoNotMatter() throws Exception {
    String certificate = "\u00ef\u00bb\u00bf" + SERVER.certificatePem().replace("\n", " \r\n");
    String key =
        "Bag Attributes: caf\u00e9\n    localKeyID: 01\n" + SERVER.privateKeyPkcs8Pem() + "end";

    assertServes(serving(certificate, key));
    assertServes(serving("subject=CN\n" + SERVER.certificatePem().indent(4), key));
  }

  @Test
  void theServersEngineTakesItAsItsSocketsDo() throws Exception {
    Undertow server =
        Undertow.builder()
            .addHttpsListener(
                0, "localhost", serving(SERVER.certificatePem(), SERVER.privateKeyPkcs8Pem()))
            .setHandler(exchange -> exchange.getResponseSender().send("here"))
            .build();
    server.start();
    try {
      InetSocketAddress address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
      HttpClient client =
          HttpClient.newBuilder().sslContext(Handshake.trusting(SERVER.certificate())).build();
      URI uri = URI.create("https://localhost:" + address.getPort() + "/");

      HttpResponse<String> response =
          client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

      assertThat(response.body()).isEqualTo("here");
    } finally {
      server.stop();
    }
  }

  @Test
  void clientsAreAskedForNoCertificate() throws Exception {
    SSLContext context = serving(SERVER.certificatePem(), SERVER.privateKeyPkcs8Pem());

    assertThat(context.getDefaultSSLParameters().getNeedClientAuth()).isFalse();
    assertThat(context.getDefaultSSLParameters().getWantClientAuth()).isFalse();
  }

  private SSLContext serving(String certificate, String key) throws Exception {
    PemFiles files = PemFiles.in(directory);
    // As bytes: the text holds what is not ASCII.
    Files.write(files.certificate(), certificate.getBytes(StandardCharsets.ISO_8859_1));
    Files.write(files.key(), key.getBytes(StandardCharsets.ISO_8859_1));
    return TlsContext.of(files.config());
  }

  private static void assertServes(SSLContext context) throws Exception {
    assertThat(Handshake.chain(context, SERVER.certificate(), "TLSv1.3"))
        .containsExactly(SERVER.certificate());
  }

  private static X509Certificate certificate(String pem) throws Exception {
    byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(bytes));
  }
}
