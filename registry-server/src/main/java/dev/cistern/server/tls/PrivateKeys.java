package dev.cistern.server.tls;

import java.io.IOException;
import java.security.PrivateKey;
import java.util.List;
import java.util.Optional;

/**
 * Reads the first private key of a PEM file, in any format that OpenSSL writes. The file may
 * contain other blocks, such as certificates and {@code EC PARAMETERS}.
 */
final class PrivateKeys {

  private PrivateKeys() {}

  static PrivateKey read(TlsFile file, String text) throws IOException {
    try {
      List<PemBlock> blocks = Pem.blocks(text);
      PemBlock key =
          blocks.stream()
              .filter(block -> block.label().endsWith("PRIVATE KEY"))
              .findFirst()
              .orElseThrow(() -> new PemException(absence(blocks)));
      byte[] pkcs8 = pkcs8(key, blocks);
      return Pkcs8.kind(pkcs8).privateKey(pkcs8);
    } catch (PemException e) {
      throw file.unusable(
          e.getMessage()
              + "; it must contain the private key of the certificate as PEM, not encrypted");
    }
  }

  private static byte[] pkcs8(PemBlock key, List<PemBlock> blocks) throws PemException {
    if (key.encrypted() || key.label().equals("ENCRYPTED PRIVATE KEY")) {
      throw new PemException(
          "contains an encrypted key, and Cistern has no setting for a passphrase (decrypt it by"
              + " openssl pkey -in <encrypted> -out <plain>)");
    }
    return switch (key.label()) {
      case "PRIVATE KEY" -> key.der();
      case "RSA PRIVATE KEY" -> Pkcs8.ofPkcs1(key.der());
      case "EC PRIVATE KEY" -> Pkcs8.ofSec1(key.der(), curve(blocks));
      default ->
          throw new PemException(
              "contains "
                  + key
                  + ", an unsupported format (use PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)");
    };
  }

  private static Optional<byte[]> curve(List<PemBlock> blocks) throws PemException {
    for (PemBlock block : blocks) {
      if (block.label().equals("EC PARAMETERS")) {
        return Optional.of(block.der());
      }
    }
    return Optional.empty();
  }

  private static String absence(List<PemBlock> blocks) {
    if (blocks.isEmpty()) {
      return "contains no PEM (openssl pkey -inform der, or openssl pkcs12, converts a binary file)";
    }
    return "contains no private key, only "
        + String.join(", ", blocks.stream().map(PemBlock::toString).toList());
  }
}
