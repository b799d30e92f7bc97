package dev.cistern.server.config;

import java.nio.file.Path;

/**
 * The {@code http.tls} section. The files are not read here.
 *
 * @param certificate PEM: the server's certificate, followed by its chain
 * @param key PEM: the private key
 * @param minimum the oldest protocol version that is spoken
 */
public record TlsConfig(Path certificate, Path key, Version minimum) {

  /** Protocol versions that may be the oldest one. */
  public enum Version {
    TLS1_2("TLSv1.2"),
    TLS1_3("TLSv1.3");

    private final String protocol;

    Version(String protocol) {
      this.protocol = protocol;
    }

    /** The name that JSSE uses, such as {@code TLSv1.2}. */
    public String protocol() {
      return protocol;
    }
  }
}
