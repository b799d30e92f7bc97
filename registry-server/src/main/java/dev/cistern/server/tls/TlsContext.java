package dev.cistern.server.tls;

import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Makes the TLS context of the listener from the configured files. */
public final class TlsContext {

  private TlsContext() {}

  /**
   * Reads the certificate chain and the key, and reads them again after the files have changed: new
   * connections get the new certificate within seconds. If a changed pair is not usable, the
   * context logs a warning and keeps the earlier pair.
   *
   * <p>The context asks clients for no certificate. It is thread-safe and needs no close. It reads
   * files during handshakes, where JSSE expects blocking work. The listener sets the protocol
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
    TrustManager[] trust = {};
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("http.tls: this JVM does not support TLS: " + e.getMessage(), e);
    }
  }
}
