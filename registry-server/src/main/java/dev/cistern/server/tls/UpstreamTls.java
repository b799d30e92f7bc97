package dev.cistern.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.X509KeyManager;

/** Reads the files of {@code proxy.tls} for the client of the upstream. */
public final class UpstreamTls {

  private static final String SECTION = "proxy.tls";

  private UpstreamTls() {}

  /**
   * Reads the issuers to trust besides those of the JDK, once.
   *
   * @throws IOException if the file is not readable or contains no certificate; the message is for
   *     the operator
   */
  public static List<X509Certificate> issuers(Path ca) throws IOException {
    return issuers(SECTION + ".ca", ca);
  }

  /**
   * As above.
   *
   * @param key what named the file, for messages
   */
  public static List<X509Certificate> issuers(String key, Path ca) throws IOException {
    TlsFile file = new TlsFile(key, ca);
    return CertificateChain.read(file, file.text());
  }

  /**
   * Reads the client certificate with its issuers, and its key, and reads them again after the
   * files have changed.
   *
   * @throws IOException if a file is not readable or has the wrong content, or if the key does not
   *     belong to the certificate; the message is for the operator
   */
  public static X509KeyManager identity(Path certificate, Path key) throws IOException {
    return new IdentityKeyManager(
        WatchedIdentity.start(IdentityFiles.of(SECTION, certificate, key), InstantSource.system()));
  }
}
