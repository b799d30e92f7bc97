package dev.cistern.server.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the certificates of a PEM file, in their order. */
final class CertificateChain {

  /** The second is what OpenSSL wrote long ago. */
  private static final Set<String> LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

  private CertificateChain() {}

  /** At least one certificate. */
  static List<X509Certificate> read(TlsFile file, String text) throws IOException {
    try {
      List<PemBlock> blocks = Pem.blocks(text);
      List<X509Certificate> chain = new ArrayList<>();
      for (PemBlock block : blocks) {
        if (LABELS.contains(block.label())) {
          chain.add(certificate(block));
        }
      }
      if (chain.isEmpty()) {
        throw new PemException(absence(blocks));
      }
      return List.copyOf(chain);
    } catch (PemException e) {
      throw file.unusable(e.getMessage() + "; it must hold certificates as PEM");
    }
  }

  private static X509Certificate certificate(PemBlock block) throws PemException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (CertificateException e) {
      throw new PemException("holds a damaged " + block + ", which is not an X.509 certificate");
    }
  }

  private static String absence(List<PemBlock> blocks) {
    if (blocks.isEmpty()) {
      return "holds no PEM (a binary file is converted by openssl x509 -inform der, or by"
          + " openssl pkcs12)";
    }
    if (blocks.stream().anyMatch(block -> block.label().endsWith("PRIVATE KEY"))) {
      return "holds a private key and no certificate (are certificate and key the wrong way"
          + " round?)";
    }
    return "holds no certificate, only "
        + blocks.stream().map(PemBlock::toString).collect(Collectors.joining(", "));
  }
}
