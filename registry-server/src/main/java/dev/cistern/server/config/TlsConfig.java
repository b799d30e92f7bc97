package dev.cistern.server.config;

import java.nio.file.Path;

/**
 * The {@code http.tls} section, with the names of the files.
 *
 * @param certificate PEM: the certificate of the server, followed by its chain
 * @param key PEM: the private key
 * @param minimum the oldest protocol version to accept
 */
public record TlsConfig(Path certificate, Path key, Version minimum) {

  /** Versions for {@code minimum}. */
  public enum Version {
    TLS1_2("TLSv1.2"),
    TLS1_3("TLSv1.3");

    private final String protocol;

    Version(String protocol) {
      this.protocol = protocol;
    }

    /** The name in JSSE, such as {@code TLSv1.2}. */
    public String protocol() {
      return protocol;
    }
  }
}
