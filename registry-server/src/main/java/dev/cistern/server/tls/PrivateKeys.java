package dev.cistern.server.tls;

import java.io.IOException;
import java.security.PrivateKey;
import java.util.List;
import java.util.Optional;

/**
 * Reads the private key of a PEM file: the first one in it, in any of the forms that OpenSSL
 * writes. Other blocks, such as certificates and {@code EC PARAMETERS}, may stand around it.
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
          e.getMessage() + "; it must hold the certificate's private key as PEM, not encrypted");
    }
  }

  private static byte[] pkcs8(PemBlock key, List<PemBlock> blocks) throws PemException {
    if (key.encrypted() || key.label().equals("ENCRYPTED PRIVATE KEY")) {
      throw new PemException(
          "holds an encrypted key, and there is no setting for its passphrase (openssl pkey -in"
              + " <encrypted> -out <plain> decrypts it)");
    }
    return switch (key.label()) {
      case "PRIVATE KEY" -> key.der();
      case "RSA PRIVATE KEY" -> Pkcs8.ofPkcs1(key.der());
      case "EC PRIVATE KEY" -> Pkcs8.ofSec1(key.der(), curve(blocks));
      default ->
          throw new PemException(
              "holds "
                  + key
                  + ", a form that is not supported (PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE"
                  + " KEY are)");
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
      return "holds no PEM (a binary file is converted by openssl pkey -inform der, or by openssl"
          + " pkcs12)";
    }
    return "holds no private key, only "
        + String.join(", ", blocks.stream().map(PemBlock::toString).toList());
  }
}
