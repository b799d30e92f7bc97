package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution specification 1.1, "Pulling manifests": names and tags; descriptor.md: digests. */
class GrammarTest {

  private static final String HEX =
      "6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b";

  @Nested
  class ARepositoryNameMust {

    // The specification's regular expression, to which the hand-written parser is compared.
    private static final Pattern SPECIFIED =
        Pattern.compile(
            "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");

    @ParameterizedTest
    @ValueSource(
        strings = {
          "a",
          "0",
          "library/alpine",
          "a/b/c/d/e/f/g/h",
          "a.b_c__d-e---f",
          "manifests",
          "blobs/tags",
          "referrers/uploads/list",
          "localhost/x",
          "a--b/c__d"
        })
    void matchTheGrammar(String text) throws Exception {
      assertThat(RepositoryName.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "/",
          "a/",
          "/a",
          "a//b",
          "A",
          "library/Alpine",
          "a..b",
          "a___b",
          "a_-b",
          "a.-b",
          "-a",
          "a-",
          "_a",
          "a_",
          ".a",
          "a.",
          "..",
          "a/../b",
          "a/./b",
          "_catalog",
          "a/_manifests",
          "a b",
          "a\u0000",
          "a\n",
          "a%2fb",
          "a\\b",
          "ä",
          "a/\uff41",
          "a:b",
          "a@b",
          "\u0660",
          "a\ud800"
        })
    void notBeOutsideTheGrammar(String text) {
      RegistryException e =
          catchThrowableOfType(RegistryException.class, () -> RepositoryName.parse(text));
      assertThat(e.code()).isEqualTo(ErrorCode.NAME_INVALID);
      assertThatIllegalArgumentException().isThrownBy(() -> new RepositoryName(text));
    }

    @Test
    void haveAtMost255Characters() throws Exception {
      assertThat(RepositoryName.parse("a".repeat(255)).value()).hasSize(255);
      assertThat(codeOf(() -> RepositoryName.parse("a".repeat(256))))
          .isEqualTo(ErrorCode.NAME_INVALID);
      assertThat(codeOf(() -> RepositoryName.parse("a/".repeat(1_000_000) + "a")))
          .isEqualTo(ErrorCode.NAME_INVALID);
    }

    @Test
    void agreeWithTheSpecifiedExpressionOnRandomText() {
      Random random = new Random(1);
      for (int i = 0; i < 200_000; i++) {
        String text = randomText(random, "ab0/._-A%\u0000", 12);
        assertThat(accepts(() -> RepositoryName.parse(text)))
            .as("%s", text)
            .isEqualTo(SPECIFIED.matcher(text).matches());
      }
    }
  }

  @Nested
  class ATagMust {

    private static final Pattern SPECIFIED = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    @ParameterizedTest
    @ValueSource(
        strings = {"latest", "_", "3.19", "V1", "a-b.c_d", "list", "sha256-" + HEX, "a..b", "0"})
    void matchTheGrammar(String text) throws Exception {
      assertThat(Tag.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "", ".", "..", "-a", ".a", "a b", "a/b", "a:b", "a+b", "a\u0000", "a\n", "é", "\uff41"
        })
    void notBeOutsideTheGrammar(String text) {
      assertThat(codeOf(() -> Tag.parse(text))).isEqualTo(ErrorCode.TAG_INVALID);
      assertThatIllegalArgumentException().isThrownBy(() -> new Tag(text));
    }

    @Test
    void haveAtMost128Characters() throws Exception {
      assertThat(Tag.parse("a".repeat(128)).value()).hasSize(128);
      assertThat(codeOf(() -> Tag.parse("a".repeat(129)))).isEqualTo(ErrorCode.TAG_INVALID);
    }

    @Test
    void agreeWithTheSpecifiedExpressionOnRandomText() {
      Random random = new Random(2);
      for (int i = 0; i < 100_000; i++) {
        String text = randomText(random, "aZ9_.-:/\u0000é", 6);
        assertThat(accepts(() -> Tag.parse(text)))
            .as("%s", text)
            .isEqualTo(SPECIFIED.matcher(text).matches());
      }
    }
  }

  @Nested
  class ADigestMust {

    @Test
    void beReadAndWrittenInItsWireForm() throws Exception {
      Digest digest = Digest.parse("sha256:" + HEX);
      assertThat(digest.algorithm()).isEqualTo(DigestAlgorithm.SHA256);
      assertThat(digest.hex()).isEqualTo(HEX);
      assertThat(digest).hasToString("sha256:" + HEX);
      assertThat(Digest.parse("sha512:" + HEX + HEX)).hasToString("sha512:" + HEX + HEX);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          ":",
          "sha256",
          "sha256:",
          "sha256:abc",
          "SHA256:" + HEX,
          "sha256" + HEX,
          "sha256:" + HEX + "0",
          " sha256:" + HEX,
          "sha256:" + HEX + "\n",
          "sha512:" + HEX,
          "md5:d41d8cd98f00b204e9800998ecf8427e",
          "sha384:" + HEX,
          "sha256:sha256:" + HEX,
          "blake3:" + HEX,
          "sha256+b64:" + HEX,
          "sha256-" + HEX
        })
    void notBeOutsideTheGrammarOrOfAnUnknownAlgorithm(String text) {
      assertThat(codeOf(() -> Digest.parse(text))).isEqualTo(ErrorCode.DIGEST_INVALID);
    }

    @Test
    void beOfLowerCaseHexadecimalOnly() {
      for (char c : new char[] {'A', 'F', 'g', 'G', '/', ':', '`', '\0', '\u0661', '\uff11'}) {
        String text = "sha256:" + c + HEX.substring(1);
        assertThat(codeOf(() -> Digest.parse(text))).isEqualTo(ErrorCode.DIGEST_INVALID);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> new Digest(DigestAlgorithm.SHA256, c + HEX.substring(1)));
      }
    }

    @Test
    void nameTheContentItIsComputedFrom() {
      // FIPS 180-4's example message.
      byte[] abc = {'a', 'b', 'c'};
      assertThat(Digest.sha256(abc))
          .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      assertThat(Digest.of(DigestAlgorithm.SHA512, abc).toString())
          .startsWith("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
          .hasSize("sha512:".length() + DigestAlgorithm.SHA512.hexLength());
    }
  }

  @Nested
  class AReference {

    @Test
    void withAColonIsADigest() throws Exception {
      assertThat(Reference.parse("sha256:" + HEX)).isInstanceOf(Digest.class);
      assertThat(codeOf(() -> Reference.parse("latest:1"))).isEqualTo(ErrorCode.DIGEST_INVALID);
      assertThat(codeOf(() -> Reference.parse(":"))).isEqualTo(ErrorCode.DIGEST_INVALID);
    }

    @Test
    void withoutAColonIsATag() throws Exception {
      assertThat(Reference.parse("sha256-" + HEX)).isEqualTo(new Tag("sha256-" + HEX));
      assertThat(codeOf(() -> Reference.parse("a/b"))).isEqualTo(ErrorCode.TAG_INVALID);
      assertThat(codeOf(() -> Reference.parse(""))).isEqualTo(ErrorCode.TAG_INVALID);
    }
  }

  @Test
  void messagesSayWhatIsInvalidAndWhy() {
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> Digest.parse("md5:00"))
        .withMessage("Invalid digest 'md5:00': it must begin with sha256: or sha512:");
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> Tag.parse(".x"))
        .withMessage("Invalid tag '.x': it must begin with a letter, a digit or '_'");
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> RepositoryName.parse("Library/alpine"))
        .withMessage(
            "Invalid repository name 'Library/alpine': it must have components of a-z and 0-9, with"
                + " one of . _ __ - / between them");
  }

  @Test
  void messagesAreShortAndPrintableWhateverTheText() {
    String hostile = "\r\nINFO forged\u001b[2J\u202e\ud800" + "x".repeat(1_000_000);
    RegistryException e =
        catchThrowableOfType(RegistryException.class, () -> RepositoryName.parse(hostile));
    assertThat(e.getMessage()).hasSizeLessThan(400).matches("[ -~]*");
  }

  interface Parse {
    Object run() throws RegistryException;
  }

  private static ErrorCode codeOf(Parse parse) {
    return catchThrowableOfType(RegistryException.class, parse::run).code();
  }

  private static boolean accepts(Parse parse) {
    try {
      parse.run();
      return true;
    } catch (RegistryException e) {
      return false;
    }
  }

  private static String randomText(Random random, String alphabet, int maxLength) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(maxLength + 1); left > 0; left--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
