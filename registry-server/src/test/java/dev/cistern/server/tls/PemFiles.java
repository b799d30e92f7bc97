package dev.cistern.server.tls;

import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import okhttp3.tls.HeldCertificate;

/**
 * The two files of {@code http.tls} in a directory of the test, and where their text comes from.
 */
record PemFiles(Path certificate, Path key) {

  static PemFiles in(Path directory) {
    return new PemFiles(directory.resolve("fullchain.pem"), directory.resolve("privkey.pem"));
  }

  /** A file of {@code src/test/resources}; its README says how it was made. */
  static String fixture(String name) {
    try (InputStream in = PemFiles.class.getResourceAsStream(name + ".pem")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  PemFiles write(String certificateText, String keyText) throws IOException {
    Files.writeString(certificate, certificateText);
    Files.writeString(key, keyText);
    return this;
  }

  PemFiles write(HeldCertificate held) throws IOException {
    return write(held.certificatePem(), held.privateKeyPkcs8Pem());
  }

  TlsConfig config() {
    return new TlsConfig(certificate, key, TlsConfig.Version.TLS1_2);
  }

  IdentityFiles identityFiles() {
    return IdentityFiles.of("http.tls", certificate, key);
  }
}
