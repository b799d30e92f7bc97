package dev.cistern.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.X509KeyManager;

/** Makes what the upstream's client needs for HTTPS out of the files of {@code proxy.tls}. */
public final class UpstreamTls {

  private static final String SECTION = "proxy.tls";

  private UpstreamTls() {}

  /**
   * Reads the issuers that are trusted besides the system's. They are read once.
   *
   * @throws IOException when the file cannot be read or holds no certificate; for the operator
   */
  public static List<X509Certificate> issuers(Path ca) throws IOException {
    TlsFile file = new TlsFile(SECTION + ".ca", ca);
    return CertificateChain.read(file, file.text());
  }

  /**
   * Reads the certificate, with its issuers, and the key that an upstream is shown which asks for
   * one. The files are followed through their changes, as those of the listener are.
   *
   * @throws IOException when a file cannot be read or holds something else, or when the key does
   *     not belong to the certificate; for the operator
   */
  public static X509KeyManager identity(Path certificate, Path key) throws IOException {
    return new IdentityKeyManager(
        WatchedIdentity.start(IdentityFiles.of(SECTION, certificate, key), InstantSource.system()));
  }
}
