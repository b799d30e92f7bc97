package dev.cistern.server.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A new key and a certificate for the loopback address that it signs itself (RFC 5280), for a
 * server that lives for seconds.
 */
public final class TemporaryIdentity {

  private static final int BIT_STRING = 0x03;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SET = 0x31;
  private static final int CONTEXT_3 = 0xa3;
  private static final int IP_ADDRESS = 0x87;

  private static final byte[] ECDSA_WITH_SHA256 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2
  };
  private static final byte[] COMMON_NAME = {0x55, 4, 3};
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1d, 0x11};

  private final Path certificateFile;
  private final Path keyFile;
  private final byte[] certificate;

  /** Makes them, and writes both as PEM. */
  public TemporaryIdentity(Path certificateFile, Path keyFile) throws IOException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      certificate = certificate(pair);
      Files.writeString(certificateFile, pem("CERTIFICATE", certificate));
      Files.writeString(keyFile, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException("Cannot make a certificate: " + e.getMessage(), e);
    }
  }

  /** For servers that show the certificate, and for clients that trust no other. */
  public SSLContext context() throws IOException {
    // Not by a store of keys: it would encrypt the key, with a hundred times the work of the rest.
    IdentityKeyManager keys =
        new IdentityKeyManager(
            WatchedIdentity.start(
                IdentityFiles.of("recording", certificateFile, keyFile), Clock.systemUTC()));
    try {
      KeyStore issuers = KeyStore.getInstance("PKCS12");
      issuers.load(null, null);
      issuers.setCertificateEntry(
          "issuer",
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate)));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(issuers);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("Cannot use the certificate: " + e.getMessage(), e);
    }
  }

  private static byte[] certificate(KeyPair pair) throws GeneralSecurityException {
    byte[] algorithm = Der.value(Der.SEQUENCE, Der.value(Der.OID, ECDSA_WITH_SHA256));
    byte[] name =
        Der.value(
            Der.SEQUENCE,
            Der.value(
                SET,
                Der.value(
                    Der.SEQUENCE,
                    Der.value(Der.OID, COMMON_NAME),
                    Der.value(UTF8_STRING, ascii("localhost")))));
    byte[] validity =
        Der.value(
            Der.SEQUENCE,
            Der.value(GENERALIZED_TIME, ascii("20200101000000Z")),
            Der.value(GENERALIZED_TIME, ascii("99991231235959Z")));
    byte[] addresses =
        Der.value(
            Der.SEQUENCE, Der.value(IP_ADDRESS, InetAddress.getLoopbackAddress().getAddress()));
    byte[] extensions =
        Der.value(
            Der.SEQUENCE,
            Der.value(
                Der.SEQUENCE,
                Der.value(Der.OID, SUBJECT_ALTERNATIVE_NAME),
                Der.value(Der.OCTET_STRING, addresses)));
    byte[] content =
        Der.value(
            Der.SEQUENCE,
            Der.value(Der.CONTEXT_0, Der.value(Der.INTEGER, new byte[] {2})),
            Der.value(Der.INTEGER, new byte[] {1}),
            algorithm,
            name,
            validity,
            name,
            pair.getPublic().getEncoded(),
            Der.value(CONTEXT_3, extensions));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(content);
    return Der.value(
        Der.SEQUENCE, content, algorithm, Der.value(BIT_STRING, new byte[] {0}, signature.sign()));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String pem(String kind, byte[] content) {
    String base64 = Base64.getMimeEncoder(64, ascii("\n")).encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, base64, kind);
  }
}
