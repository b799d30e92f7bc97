import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.stream.Stream;

/**
 * Writes the certificates of a directory, one PEM file each, into a trust store for the JVM. The
 * entries are in the order of their names, and PKCS #12 without a password has neither times nor
 * salts: the same certificates give the same bytes.
 *
 * <pre>java TrustStore.java DIRECTORY FILE</pre>
 */
final class TrustStore {

  private TrustStore() {}

  public static void main(String[] arguments) throws Exception {
    System.setProperty("keystore.pkcs12.certProtectionAlgorithm", "NONE");
    System.setProperty("keystore.pkcs12.macAlgorithm", "NONE");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    CertificateFactory certificates = CertificateFactory.getInstance("X.509");
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      for (Path file : files.sorted().toList()) {
        try (var in = Files.newInputStream(file)) {
          Certificate certificate = certificates.generateCertificate(in);
          store.setCertificateEntry(
              file.getFileName().toString().replaceFirst("\\.crt$", ""), certificate);
        }
      }
    }
    if (store.size() == 0) {
      throw new IllegalArgumentException("No certificates in " + arguments[0]);
    }
    try (OutputStream out = Files.newOutputStream(Path.of(arguments[1]))) {
      store.store(out, null);
    }
  }
}
