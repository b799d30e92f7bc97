package dev.cistern.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads {@code http.tls}. It refuses keys without which the server would be less safe. */
final class TlsReader {

  /** Versions that Distribution knows and the JDK has turned off. TLS 1.2 is stricter. */
  private static final Set<String> OFF = Set.of("tls1.0", "tls1.1");

  private TlsReader() {}

  static Optional<TlsConfig> read(Section tls) {
    tls.refused(
        "ciphersuites", "is not supported yet; remove it to use the cipher suites of the JDK");
    tls.refused(
        "letsencrypt", "is not supported yet; set http.tls.certificate and http.tls.key instead");
    Optional<Path> certificate = tls.path("certificate");
    Optional<Path> key = tls.path("key");
    Optional<TlsConfig.Version> minimum =
        certificate.isPresent() && key.isPresent()
            ? Optional.of(tls.value("minimumtls", TlsConfig.Version.TLS1_2, TlsReader::version))
            : tls.optional("minimumtls", TlsReader::version);
    tls.text("minimumtls")
        .filter(OFF::contains)
        .ifPresent(
            old ->
                tls.warning(
                    "minimumtls",
                    old + " counts as tls1.2: the JDK has turned off older versions"));
    List<Path> clientCas = tls.list("clientcas", ValueParser.PATH);
    Optional<TlsConfig.ClientAuth> clientAuth = tls.optional("clientauth", TlsReader::clientAuth);
    if (clientAuth.isPresent() && clientCas.isEmpty()) {
      tls.error("clientauth", "also set http.tls.clientcas");
    }
    if (certificate.isPresent() && key.isPresent()) {
      return Optional.of(
          new TlsConfig(
              certificate.get(),
              key.get(),
              minimum.orElse(TlsConfig.Version.TLS1_2),
              clientCas,
              clientAuth.orElse(TlsConfig.ClientAuth.REQUIRED)));
    }
    boolean hasCertificate = tls.text("certificate").isPresent();
    boolean hasKey = tls.text("key").isPresent();
    if (hasCertificate && !hasKey) {
      tls.error("certificate", "also set http.tls.key");
    } else if (hasKey && !hasCertificate) {
      tls.error("key", "also set http.tls.certificate");
    } else if (!hasKey && !clientCas.isEmpty()) {
      tls.error("clientcas", "also set http.tls.certificate and http.tls.key");
    } else if (!hasKey && minimum.isPresent()) {
      tls.error("minimumtls", "also set http.tls.certificate and http.tls.key");
    }
    return Optional.empty();
  }

  /** Distribution has two more, which check nothing: to ignore them would be less safe. */
  private static TlsConfig.ClientAuth clientAuth(String text) {
    return switch (text) {
      case "require-and-verify-client-cert" -> TlsConfig.ClientAuth.REQUIRED;
      case "verify-client-cert-if-given" -> TlsConfig.ClientAuth.IF_GIVEN;
      default ->
          throw ValueParser.notOneOf(
              text, List.of("require-and-verify-client-cert", "verify-client-cert-if-given"));
    };
  }

  private static TlsConfig.Version version(String text) {
    return switch (text) {
      case "tls1.0", "tls1.1", "tls1.2" -> TlsConfig.Version.TLS1_2;
      case "tls1.3" -> TlsConfig.Version.TLS1_3;
      default -> throw ValueParser.notOneOf(text, List.of("tls1.2", "tls1.3"));
    };
  }
}
