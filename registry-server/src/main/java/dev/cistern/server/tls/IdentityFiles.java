package dev.cistern.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** The two files of a section such as {@code http.tls}. They may be the same file. */
record IdentityFiles(TlsFile certificate, TlsFile key) {

  /** The files of a section of the configuration. */
  static IdentityFiles of(String section, Path certificate, Path key) {
    return new IdentityFiles(
        new TlsFile(section + ".certificate", certificate), new TlsFile(section + ".key", key));
  }

  IdentityText read() throws IOException {
    return new IdentityText(certificate.text(), key.text());
  }

  /** The identity in the text. Fails if key and certificate do not belong together. */
  ServerIdentity identity(IdentityText text) throws IOException {
    List<X509Certificate> chain = CertificateChain.read(certificate, text.certificate());
    PrivateKey privateKey = PrivateKeys.read(key, text.key());
    if (KeyKind.of(chain.get(0).getPublicKey()).isEmpty()) {
      throw certificate.unusable(
          "is for an unsupported kind of key; use an RSA, EC or Ed25519 key");
    }
    for (int i = 0; i < chain.size(); i++) {
      if (KeyKind.belong(privateKey, chain.get(i).getPublicKey())) {
        if (i == 0) {
          return new ServerIdentity(chain, privateKey);
        }
        throw certificate.unusable(
            "has the certificate of the key in "
                + key
                + " ("
                + key.configKey()
                + ") at position "
                + (i + 1)
                + "; put the certificate of the key first, then its issuers");
      }
    }
    throw key.unusable(
        "is not the key of the certificate in "
            + certificate
            + " ("
            + certificate.configKey()
            + "); use the key and the certificate that belong together");
  }
}
