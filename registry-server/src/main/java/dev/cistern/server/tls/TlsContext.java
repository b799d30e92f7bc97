package dev.cistern.server.tls;

import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Makes what the listener needs for HTTPS out of the configured files. */
public final class TlsContext {

  private TlsContext() {}

  /**
   * Reads certificate chain and key, and goes on to follow the files: when they change on disk, new
   * connections get the new certificate within seconds. A changed pair that cannot be used is
   * logged and the earlier one stays.
   *
   * <p>The context asks clients for no certificate. It is thread-safe and holds nothing that needs
   * to be closed. Files are looked at within handshakes, where JSSE expects work that blocks. The
   * protocol versions ({@link TlsConfig#minimum()}) are left to the listener.
   *
   * @throws IOException when a file cannot be read or holds something else, or when the key does
   *     not belong to the certificate; the message is one line for the operator and names file and
   *     configuration key
   */
  public static SSLContext of(TlsConfig config) throws IOException {
    return of(config, InstantSource.system());
  }

  static SSLContext of(TlsConfig config, InstantSource clock) throws IOException {
    WatchedIdentity renewal =
        WatchedIdentity.start(IdentityFiles.of("http.tls", config.certificate(), config.key()), clock);
    KeyManager[] keys = {new IdentityKeyManager(renewal)};
    // None, rather than null: null loads the JDK's certificate authorities, which takes time at
    // each start and which a server that asks for no client certificates never looks at.
    TrustManager[] trust = {};
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("http.tls: this Java cannot speak TLS: " + e.getMessage(), e);
    }
  }
}
