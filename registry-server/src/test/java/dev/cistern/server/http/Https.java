package dev.cistern.server.http;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A listener on the loopback with TLS, and what a client needs to trust it. */
final class Https {

  private static final HeldCertificate IDENTITY =
      new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();

  private Https() {}

  /** Writes the certificate and its key into the directory. */
  static HttpConfig config(Path directory, HttpConfig.Http2 http2) {
    try {
      TlsConfig identity =
          new TlsConfig(
              Files.writeString(directory.resolve("certificate.pem"), IDENTITY.certificatePem()),
              Files.writeString(directory.resolve("key.pem"), IDENTITY.privateKeyPkcs8Pem()),
              TlsConfig.Version.TLS1_2);
      return new HttpConfig(
          RunningServer.LOOPBACK.addr(),
          "/",
          Optional.empty(),
          Map.of(),
          Duration.ZERO,
          HttpLimits.DEFAULT,
          Optional.of(identity),
          http2,
          Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static X509Certificate certificate() {
    return IDENTITY.certificate();
  }

  static SSLContext trusting() {
    return new HandshakeCertificates.Builder()
        .addTrustedCertificate(IDENTITY.certificate())
        .build()
        .sslContext();
  }
}
