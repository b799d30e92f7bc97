package dev.cistern.server.tls;

import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Makes the TLS context of the listener from the configured files. */
public final class TlsContext {

  private static final int RESUMPTION_SECONDS = 300;

  private TlsContext() {}

  /**
   * Reads the certificate chain and the key, and reads them again after the files have changed: new
   * connections get the new certificate within seconds. If a changed pair is not usable, the
   * context logs a warning and keeps the earlier pair.
   *
   * <p>The context knows the issuers of client certificates, if there are any; the listener asks
   * for the certificates ({@link TlsConfig#clientAuth()}). It is thread-safe and needs no close. It
   * reads files during handshakes, where JSSE expects blocking work. The listener sets the protocol
   * versions ({@link TlsConfig#minimum()}).
   *
   * @throws IOException if a file is not readable or has the wrong content, or if the key does not
   *     belong to the certificate; the message is one line for the operator and names the file and
   *     the configuration key
   */
  public static SSLContext of(TlsConfig config) throws IOException {
    return of(config, InstantSource.system());
  }

  static SSLContext of(TlsConfig config, InstantSource clock) throws IOException {
    WatchedIdentity identity =
        WatchedIdentity.start(
            IdentityFiles.of("http.tls", config.certificate(), config.key()), clock);
    KeyManager[] keys = {new IdentityKeyManager(identity)};
    // Not null: null loads the certificate authorities of the JDK, which takes time at each start.
    // A server that asks for no client certificates does not need them.
    TrustManager[] trust =
        config.clientCas().isEmpty() ? new TrustManager[0] : issuers(config, clock);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      if (!config.clientCas().isEmpty()) {
        // A resumed session shows no certificate again, so an issuer that was removed stays for it.
        context.getServerSessionContext().setSessionTimeout(RESUMPTION_SECONDS);
      }
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("http.tls: this JVM does not support TLS: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] issuers(TlsConfig config, InstantSource clock) throws IOException {
    List<TlsFile> files =
        config.clientCas().stream().map(path -> new TlsFile("http.tls.clientcas", path)).toList();
    return new TrustManager[] {WatchedIssuers.start(files, clock)};
  }
}
