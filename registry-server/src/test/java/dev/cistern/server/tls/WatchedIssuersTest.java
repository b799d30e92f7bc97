package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedIssuersTest {

  private static final HeldCertificate FIRST = issuer("first");
  private static final HeldCertificate SECOND = issuer("second");

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final Path file;

  WatchedIssuersTest(@TempDir Path directory) {
    file = directory.resolve("clients.pem");
  }

  private static HeldCertificate issuer(String name) {
    return new HeldCertificate.Builder().certificateAuthority(0).commonName(name).build();
  }

  private WatchedIssuers start(String content) throws IOException {
    Files.writeString(file, content);
    return WatchedIssuers.start(List.of(new TlsFile("http.tls.clientcas", file)), now::get);
  }

  private static void check(WatchedIssuers issuers, HeldCertificate issuer)
      throws CertificateException {
    HeldCertificate client = new HeldCertificate.Builder().signedBy(issuer).build();
    issuers.checkClientTrusted(new X509Certificate[] {client.certificate()}, "EC");
  }

  private void passTime() {
    now.updateAndGet(time -> time.plus(WatchedIdentity.INTERVAL));
  }

  @Test
  void trustsTheIssuersOfTheFileAfterItHasChanged() throws Exception {
    WatchedIssuers issuers = start(FIRST.certificatePem());
    check(issuers, FIRST);
    assertThatThrownBy(() -> check(issuers, SECOND)).isInstanceOf(CertificateException.class);

    Files.writeString(file, SECOND.certificatePem());
    assertThatCode(() -> check(issuers, FIRST)).doesNotThrowAnyException();
    passTime();

    check(issuers, SECOND);
    assertThatThrownBy(() -> check(issuers, FIRST)).isInstanceOf(CertificateException.class);
    assertThat(issuers.getAcceptedIssuers()).containsExactly(SECOND.certificate());
  }

  @Test
  void keepsTheIssuersWhenTheFileIsNotUsableAnyMore() throws Exception {
    WatchedIssuers issuers = start(FIRST.certificatePem() + SECOND.certificatePem());

    for (String broken : new String[] {"", "x", FIRST.privateKeyPkcs8Pem()}) {
      Files.writeString(file, broken);
      passTime();
      check(issuers, FIRST);
      check(issuers, SECOND);
    }
  }

  @Test
  void aFileWithoutCertificatesIsAnErrorForTheOperator() {
    assertThatThrownBy(() -> start("nothing"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("http.tls.clientcas: " + file);
  }
}
