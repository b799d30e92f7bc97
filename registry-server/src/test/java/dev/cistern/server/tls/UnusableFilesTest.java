package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import okhttp3.tls.HeldCertificate;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator reads when the files are not what they should be. */
class UnusableFilesTest {

  private static final HeldCertificate SERVER = new HeldCertificate.Builder().build();
  private static final String CERTIFICATE = SERVER.certificatePem();
  private static final String KEY = SERVER.privateKeyPkcs8Pem();

  private final Path directory;

  UnusableFilesTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void missingFilesAreNamedByKeyAndPath() throws IOException {
    PemFiles files = PemFiles.in(directory);

    assertThatCertificateOf(files).contains(" does not exist; ");
    Files.writeString(files.certificate(), CERTIFICATE);
    assertThatKeyOf(files).contains(" does not exist; ");
  }

  @Test
  void aRelativePathIsNamedAsItIsLookedFor() {
    PemFiles files = new PemFiles(Path.of("no-such.pem"), Path.of("no-such.pem"));

    assertThatCertificateOf(files).contains(Path.of("no-such.pem").toAbsolutePath().toString());
  }

  @Test
  void aLinkToNothingDoesNotExist() throws IOException {
    PemFiles files = PemFiles.in(directory).write(CERTIFICATE, KEY);
    Files.delete(files.key());
    Files.createSymbolicLink(files.key(), directory.resolve("gone.pem"));

    assertThatKeyOf(files).contains(" does not exist; ");
  }

  @Test
  void emptyFilesAreSaidToBeEmpty() throws IOException {
    assertThatCertificateOf(written("", KEY)).contains(" is empty; ");
    assertThatKeyOf(written(CERTIFICATE, "")).contains(" is empty; ");
  }

  @Test
  void aDirectoryIsSaidToBeOne() throws IOException {
    PemFiles files = PemFiles.in(directory);
    Files.createDirectory(files.certificate());

    assertThatCertificateOf(files).contains(" is a directory; ");
  }

  @Test
  void aFileThatMayNotBeReadIsSaidToBeSo() throws IOException {
    PemFiles files = written(CERTIFICATE, KEY);
    Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(files.key()), "root reads everything");

    assertThatKeyOf(files).contains(" is not readable; ");
  }

  @Test
  void aHugeFileIsNotReadWhole() throws IOException {
    assertThatCertificateOf(written("x".repeat((1 << 20) + 1), KEY)).contains("larger than 1 MiB");
  }

  @Test
  void filesWithoutPemAreSaidToHaveNone() throws IOException {
    assertThatCertificateOf(written("hello", KEY)).contains(" contains no PEM ");
    assertThatKeyOf(written(CERTIFICATE, "hello")).contains(" contains no PEM ");
  }

  @Test
  void swappedFilesAreRecognised() throws IOException {
    assertThatCertificateOf(written(KEY, CERTIFICATE))
        .contains("did you swap certificate and key?");
  }

  @Test
  void otherBlocksAreNamed() throws IOException {
    String request =
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";

    assertThatCertificateOf(written(request, KEY)).contains("only CERTIFICATE REQUEST (line 1)");
    assertThatKeyOf(written(CERTIFICATE, CERTIFICATE))
        .contains("contains no private key, only CERTIFICATE (line 1)");
  }

  @Test
  void filesThatWereCutOffOrDamagedAreSaidToBeSo() throws IOException {
    int half = CERTIFICATE.length() / 2;

    assertThatCertificateOf(written(CERTIFICATE.substring(0, half), KEY))
        .contains("BEGIN CERTIFICATE in line 1 has no END");
    assertThatCertificateOf(written(CERTIFICATE.substring(0, half) + "\n" + CERTIFICATE, KEY))
        .contains("BEGIN CERTIFICATE in line 1 has no END");
    assertThatCertificateOf(written(CERTIFICATE + CERTIFICATE.replace("MII", "M!I"), KEY))
        .contains("not valid Base64");
    assertThatCertificateOf(written(CERTIFICATE.replace("MII", "AII"), KEY))
        .contains("damaged X.509 certificate");
    assertThatKeyOf(written(CERTIFICATE, KEY.substring(0, 80)))
        .contains("BEGIN PRIVATE KEY in line 1 has no END");
    assertThatKeyOf(written(CERTIFICATE, KEY.replaceFirst("KEY-----\nM", "KEY-----\nA")))
        .contains("damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"encrypted-pkcs8", "encrypted-pkcs1"})
  void encryptedKeysAreSaidToBeSo(String name) throws IOException {
    assertThatKeyOf(written(CERTIFICATE, PemFiles.fixture(name + ".key")))
        .contains("contains an encrypted key, and Cistern has no setting for a passphrase");
  }

  @ParameterizedTest
  @CsvSource({
    "OPENSSH PRIVATE KEY, an unsupported format",
    "DSA PRIVATE KEY, an unsupported format"
  })
  void otherFormsOfKeysAreRefused(String label, String complaint) throws IOException {
    String key = KEY.replace("PRIVATE KEY", label);

    assertThatKeyOf(written(CERTIFICATE, key)).contains(label + " (line 1), " + complaint);
  }

  @Test
  void aCurveThatIsSpelledOutIsRefused() throws IOException {
    assertThatKeyOf(written(CERTIFICATE, PemFiles.fixture("explicit-curve.key")))
        .contains("explicit curve parameters");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws IOException {
    PemFiles sameKind =
        written(CERTIFICATE, new HeldCertificate.Builder().build().privateKeyPkcs8Pem());
    assertThatKeyOf(sameKind)
        .contains("is not the key of the certificate in " + sameKind.certificate());

    for (String other : new String[] {"rsa-pkcs1", "p384-sec1", "ed25519"}) {
      assertThatKeyOf(written(CERTIFICATE, PemFiles.fixture(other + ".key")))
          .contains("is not the key of the certificate in ");
    }
  }

  @Test
  void aKeyOfACertificateFurtherDownAsksForTheOrderToBeChanged() throws IOException {
    String issuer = PemFiles.fixture("rsa.certificate");

    PemFiles files = written(issuer + CERTIFICATE, KEY);

    assertThatCertificateOf(files).contains("at position 2; put the certificate of the key first");
  }

  @Test
  void namesWithLineBreaksStayOnOneLine() {
    Path path = directory.resolve("a\nb.pem");

    assertThatCertificateOf(new PemFiles(path, path)).contains("a\\nb.pem does not exist");
  }

  private PemFiles written(String certificate, String key) throws IOException {
    return PemFiles.in(directory).write(certificate, key);
  }

  private AbstractStringAssert<?> assertThatCertificateOf(PemFiles files) {
    return assertThatMessageOf(files).startsWith("http.tls.certificate: /");
  }

  private AbstractStringAssert<?> assertThatKeyOf(PemFiles files) {
    return assertThatMessageOf(files).startsWith("http.tls.key: " + files.key() + " ");
  }

  private static AbstractStringAssert<?> assertThatMessageOf(PemFiles files) {
    IOException refused =
        catchThrowableOfType(IOException.class, () -> TlsContext.of(files.config()));
    assertThat(refused).isNotNull().hasNoCause();
    return assertThat(refused.getMessage()).hasLineCount(1).contains("; ");
  }
}
