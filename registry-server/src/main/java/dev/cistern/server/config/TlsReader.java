package dev.cistern.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads {@code http.tls}. What would leave the server less guarded than asked for is refused. */
final class TlsReader {

  private TlsReader() {}

  static Optional<TlsConfig> read(Section tls) {
    tls.refused(
        "clientcas", "client certificates are not supported yet, and clients would go unchecked");
    tls.ignored("clientauth", "client certificates are not supported yet");
    tls.refused(
        "ciphersuites",
        "a choice of cipher suites is not supported yet; leave it out for those of the JDK");
    tls.refused(
        "letsencrypt",
        "certificates from Let's Encrypt are not supported yet; give certificate and key");
    Optional<String> certificate = tls.text("certificate");
    Optional<String> key = tls.text("key");
    Optional<TlsConfig.Version> minimum = tls.optional("minimumtls", TlsReader::version);
    if (certificate.isPresent() && key.isPresent()) {
      Optional<Path> certificateFile = path(tls, "certificate", certificate.get());
      Optional<Path> keyFile = path(tls, "key", key.get());
      return certificateFile.flatMap(
          file ->
              keyFile.map(
                  other -> new TlsConfig(file, other, minimum.orElse(TlsConfig.Version.TLS1_2))));
    }
    if (certificate.isPresent()) {
      tls.error("certificate", "needs http.tls.key with it");
    } else if (key.isPresent()) {
      tls.error("key", "needs http.tls.certificate with it");
    } else if (minimum.isPresent()) {
      tls.error("minimumtls", "needs http.tls.certificate and http.tls.key with it");
    }
    return Optional.empty();
  }

  private static TlsConfig.Version version(String text) {
    return switch (text) {
      // The oldest two are off in the JDK; asking for them as a minimum is satisfied by more.
      case "tls1.0", "tls1.1", "tls1.2" -> TlsConfig.Version.TLS1_2;
      case "tls1.3" -> TlsConfig.Version.TLS1_3;
      default -> throw ValueParser.notOneOf(text, List.of("tls1.2", "tls1.3"));
    };
  }

  private static Optional<Path> path(Section tls, String key, String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      tls.error(key, "'" + text + "' is not a path");
      return Optional.empty();
    }
  }
}
