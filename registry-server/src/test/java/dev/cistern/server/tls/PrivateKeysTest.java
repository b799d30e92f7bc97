package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeysTest {

  private static final TlsFile FILE = new TlsFile("http.tls.key", Path.of("/key.pem"));

  @ParameterizedTest
  @CsvSource({
    "rsa-pkcs1, RSA",
    "p256-sec1, EC",
    "p384-sec1, EC",
    "p521-sec1, EC",
    "ed25519, EdDSA"
  })
  void keysAreReadAsOpenSslWritesThem(String name, String algorithm) throws IOException {
    PrivateKey key = PrivateKeys.read(FILE, PemFiles.fixture(name + ".key"));

    assertThat(key.getAlgorithm()).isEqualTo(algorithm);
  }

  @Test
  void theTwoFormsOfAnRsaKeyAreTheSameKey() throws IOException {
    HeldCertificate rsa = new HeldCertificate.Builder().rsa2048().build();

    assertThat(PrivateKeys.read(FILE, rsa.privateKeyPkcs1Pem()))
        .isEqualTo(PrivateKeys.read(FILE, rsa.privateKeyPkcs8Pem()))
        .isEqualTo(rsa.keyPair().getPrivate());
  }

  @Test
  void aKeyThatDoesNotNameItsCurveTakesThatOfTheParametersBlock() throws Exception {
    String pem = PemFiles.fixture("p384-sec1.key");
    byte[] full = der(pem);
    Der fields = new Der(full).enter(Der.SEQUENCE);
    byte[] bare =
        Der.value(
            Der.SEQUENCE,
            Der.value(Der.INTEGER, fields.next(Der.INTEGER)),
            Der.value(Der.OCTET_STRING, fields.next(Der.OCTET_STRING)));
    String parameters = pem.substring(0, pem.indexOf("-----BEGIN EC PRIVATE KEY"));

    ECPrivateKey key =
        (ECPrivateKey) PrivateKeys.read(FILE, parameters + pem("EC PRIVATE KEY", bare));

    ECPrivateKey same = (ECPrivateKey) PrivateKeys.read(FILE, pem);
    assertThat(key.getS()).isEqualTo(same.getS());
    assertThat(key.getParams()).isEqualTo(same.getParams());
    assertThatThrownBy(() -> PrivateKeys.read(FILE, pem("EC PRIVATE KEY", bare)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("without its curve");
  }

  @Test
  void kindsThatTlsDoesNotSignWithAreRefused() {
    byte[] x25519 =
        Base64.getDecoder()
            .decode("MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f");

    assertThatThrownBy(() -> PrivateKeys.read(FILE, pem("PRIVATE KEY", x25519)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("an unsupported kind of key (use RSA, EC or Ed25519)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"})
  void damageOfAnySortIsAnErrorThatShowsNothingOfTheKey(String label) {
    byte[] whole =
        switch (label) {
          case "RSA PRIVATE KEY" -> der(PemFiles.fixture("rsa-pkcs1.key"));
          case "EC PRIVATE KEY" -> der(PemFiles.fixture("p256-sec1.key"));
          default -> der(PemFiles.fixture("ed25519.key"));
        };
    for (int i = 0; i < Math.min(whole.length, 200); i++) {
      assertKeyOrError(label, Arrays.copyOf(whole, i));
      for (int damage : new int[] {0x00, 0x7f, 0x84, 0xff}) {
        byte[] damaged = whole.clone();
        damaged[i] = (byte) damage;
        assertKeyOrError(label, damaged);
      }
    }
  }

  private static void assertKeyOrError(String label, byte[] der) {
    String pem = pem(label, der);
    try {
      PrivateKeys.read(FILE, pem);
    } catch (IOException e) {
      assertThat(e).hasNoCause();
      assertThat(e.getMessage()).startsWith("http.tls.key: /key.pem contains a");
      for (int i = 0; i + 8 <= der.length; i += 6) {
        String piece = Base64.getEncoder().encodeToString(Arrays.copyOfRange(der, i, i + 6));
        assertThat(e.getMessage()).doesNotContain(piece);
      }
    }
  }

  /** What is in the last block. */
  private static byte[] der(String pem) {
    String[] lines = pem.substring(pem.lastIndexOf("-----BEGIN")).strip().split("\n");
    return Base64.getDecoder()
        .decode(String.join("", Arrays.copyOfRange(lines, 1, lines.length - 1)));
  }

  private static String pem(String label, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }
}
