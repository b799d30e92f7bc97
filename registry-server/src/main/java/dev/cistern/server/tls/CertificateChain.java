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

/** Reads the certificates of a PEM file, in their order there. */
final class CertificateChain {

  /** Old versions of OpenSSL wrote the second label. */
  private static final Set<String> LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

  private CertificateChain() {}

  /** Returns one certificate or more. */
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
      throw file.unusable(e.getMessage() + "; it must contain certificates as PEM");
    }
  }

  private static X509Certificate certificate(PemBlock block) throws PemException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (CertificateException e) {
      throw new PemException("contains a damaged X.509 certificate: " + block);
    }
  }

  private static String absence(List<PemBlock> blocks) {
    if (blocks.isEmpty()) {
      return "contains no PEM (openssl x509 -inform der, or openssl pkcs12, converts a binary"
          + " file)";
    }
    if (blocks.stream().anyMatch(block -> block.label().endsWith("PRIVATE KEY"))) {
      return "contains a private key and no certificate (did you swap certificate and key?)";
    }
    return "contains no certificate, only "
        + blocks.stream().map(PemBlock::toString).collect(Collectors.joining(", "));
  }
}
