package dev.cistern.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The {@code http.tls} section, with the names of the files.
 *
 * @param certificate PEM: the certificate of the server, followed by its chain
 * @param key PEM: the private key
 * @param minimum the oldest protocol version to accept
 * @param clientCas PEM: who issues the certificates of clients; empty: clients need none
 * @param clientAuth what clients must show, if there are such issuers
 */
public record TlsConfig(
    Path certificate, Path key, Version minimum, List<Path> clientCas, ClientAuth clientAuth) {

  /** What clients must show. */
  public enum ClientAuth {
    /** A certificate, from one of the issuers. */
    REQUIRED,
    /** Nothing; but a client that has a certificate must have it from one of the issuers. */
    IF_GIVEN
  }

  /** Clients need no certificate. */
  public TlsConfig(Path certificate, Path key, Version minimum) {
    this(certificate, key, minimum, List.of(), ClientAuth.REQUIRED);
  }

  public TlsConfig {
    clientCas = List.copyOf(clientCas);
  }

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

    /** As in a configuration, such as {@code tls1.2}. */
    @Override
    public String toString() {
      return protocol.replace("v", "").toLowerCase(Locale.ROOT);
    }
  }
}
