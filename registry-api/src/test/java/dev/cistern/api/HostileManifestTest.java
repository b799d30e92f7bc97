package dev.cistern.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** For any bytes, the result is a manifest or {@code MANIFEST_INVALID} and nothing else. */
class HostileManifestTest {

  private static final String HEX =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final String VALID =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
       "config":{"mediaType":"a/b","digest":"sha256:%s","size":3,"data":"e30="},
       "layers":[{"mediaType":"a/b","digest":"sha256:%s","size":12345,"urls":["http://x/ä"]}],
       "annotations":{"a":"\\u00e4\\n","b":null,"c":[1.5e3,true]}}"""
          .formatted(HEX, HEX);

  private static void assertInvalid(byte[] bytes) {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> Manifest.read(bytes));
    assertThat(e)
        .as("%s", new String(bytes, 0, Math.min(bytes.length, 200), ISO_8859_1))
        .isNotNull();
    assertThat(e.code()).isEqualTo(ErrorCode.MANIFEST_INVALID);
    assertThat(e.getMessage()).matches("[ -~]{1,300}");
  }

  private static void assertInvalid(String json) {
    assertInvalid(json.replace('\'', '"').replace("DIGEST", "sha256:" + HEX).getBytes(UTF_8));
  }

  private static void assertReadOrInvalid(byte[] bytes) {
    try {
      assertThat(Manifest.read(bytes)).isNotNull();
    } catch (RegistryException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.MANIFEST_INVALID);
      assertThat(e.getMessage()).matches("[ -~]{1,300}");
    }
  }

  /** The parser keeps each name, so these would take ten times the length of the document. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{%s}",
        "{'annotations':{%s}}",
        "{'x':[[{%s}]]}",
        "{'config':{'digest':'DIGEST','size':1,%s}}",
        "{'layers':[{'digest':'DIGEST','size':1,'annotations':{%s}}]}"
      })
  void rule11TooManyDifferentNamesAreInvalid(String document) throws RegistryException {
    assertInvalid(document.replace("%s", names(10_001)));
    assertThat(
            Manifest.read(
                document
                    .replace("%s", names(9_990))
                    .replace('\'', '"')
                    .replace("DIGEST", "sha256:" + HEX)
                    .getBytes(UTF_8)))
        .isNotNull();
  }

  private static String names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "'n" + i + "':0")
        .collect(Collectors.joining(","));
  }

  @Test
  void theSameNamesMayComeAsOftenAsTheyLike() throws RegistryException {
    String layer = "{'digest':'DIGEST','size':1,'annotations':{'a':'b'}}";
    String layers = Stream.generate(() -> layer).limit(20_000).collect(Collectors.joining(","));
    byte[] manifest =
        ("{'layers':[" + layers + "]}")
            .replace('\'', '"')
            .replace("DIGEST", "sha256:" + HEX)
            .getBytes(UTF_8);

    assertThat(Manifest.read(manifest).blobs()).hasSize(20_000);
  }

  @Test
  void rule11LongTextIsOnlySkipped() throws RegistryException {
    String text = "x".repeat(2 << 20);

    assertInvalid("{'mediaType':'" + text + "'}");
    assertInvalid("{'layers':[{'digest':'" + text + "','size':1}]}");
    assertThat(Manifest.read(("{\"annotations\":{\"a\":\"" + text + "\"}}").getBytes(UTF_8)))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "true",
        "1",
        "'x'",
        "[]",
        "[{}]",
        "{",
        "}",
        "{]",
        "{}}",
        "{}{}",
        "{} x",
        "{}\u0000",
        "{'a'}",
        "{'a':}",
        "{'a':1,}",
        "{a:1}",
        "{'a':01}",
        "{'a':NaN}",
        "{'a':1e}",
        "{'a':'\\x'}",
        "{'a':'\\ud8'}",
        "{'a':'\n'}",
        "{'a':1 'b':2}",
        "/* */{}",
        "{}//",
        "blablabla",
        "<html>",
        "\u001f\u008b",
        "{'a':tru}",
        "{'a':'"
      })
  void whatIsNoJsonObjectIsRefused(String json) {
    assertInvalid(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'mediaType':1}", "{'mediaType':{}}", "{'mediaType':['a/b']}", "{'schemaVersion':'2'}",
            "{'schemaVersion':null}",
        "{'schemaVersion':2.0}", "{'schemaVersion':[]}", "{'manifests':{}}", "{'manifests':''}",
            "{'manifests':1}",
        "{'manifests':[1]}", "{'manifests':[null]}", "{'manifests':[[]]}",
            "{'manifests':['DIGEST']}", "{'manifests':true}",
        "{'layers':{'digest':'DIGEST','size':1}}", "{'config':[]}", "{'config':'DIGEST'}",
            "{'config':1}", "{'blobs':false}"
      })
  void wrongTypesAreRefused(String json) {
    assertInvalid(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'digest':'DIGEST'}",
        "{'size':1}",
        "{'digest':null,'size':1}",
        "{'digest':'DIGEST','size':null}",
        "{'digest':'DIGEST','size':-1}",
        "{'digest':'DIGEST','size':'1'}",
        "{'digest':'DIGEST','size':1.0}",
        "{'digest':'DIGEST','size':1e3}",
        "{'digest':'DIGEST','size':9223372036854775808}",
        "{'digest':'DIGEST','size':-9223372036854775809}",
        "{'digest':'DIGEST','size':1e999999999}",
        "{'digest':'DIGEST','size':true}",
        "{'digest':'DIGEST','size':[1]}",
        "{'digest':1,'size':1}",
        "{'digest':'','size':1}",
        "{'digest':'sha256:','size':1}",
        "{'digest':'../../etc','size':1}",
        "{'digest':'md5:d41d8cd98f00b204e9800998ecf8427e','size':1}",
        "{'digest':'DIGEST0','size':1}",
        "{'digest':'DIGEST','size':1,'mediaType':5}",
        "{'digest':'DIGEST','size':1,'mediaType':null}"
      })
  void badDescriptorsAreRefused(String descriptor) {
    assertInvalid("{'config':" + descriptor + "}");
    assertInvalid("{'layers':[" + descriptor + "]}");
    assertInvalid("{'manifests':[" + descriptor + "]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'mediaType':'a/b','mediaType':'a/c'}",
        "{'layers':[],'layers':[]}",
        "{'x':1,'x':1}",
        "{'layers':[],'layer\\u0073':[]}",
        "{'config':{'digest':'DIGEST','size':1,'size':2}}",
        "{'manifests':[{'digest':'DIGEST','digest':'DIGEST','size':1}]}"
      })
  void propertiesThatComeTwiceAreRefused(String json) {
    assertInvalid(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'manifests':[],'layers':[]}",
        "{'manifests':[],'config':null}",
        "{'blobs':[],'manifests':[]}"
      })
  void whatIsIndexAndImageAtOnceIsRefusedUnlessItSaysWhich(String json) throws Exception {
    assertInvalid(json);
    String declared = json.replace("{'", "{'mediaType':'" + MediaType.OCI_INDEX + "','");
    assertThat(Manifest.read(declared.replace('\'', '"').getBytes(UTF_8)).mediaType())
        .isEqualTo(MediaType.OCI_INDEX);
  }

  @Test
  void aByteOrderMarkIsRefused() {
    assertInvalid("\ufeff" + VALID);
    assertInvalid(("\ufeff" + VALID).getBytes(UTF_16BE));
    assertInvalid(("\ufeff" + VALID).getBytes(UTF_16LE));
    assertInvalid(("\ufeff" + VALID).getBytes(Charset.forName("UTF-32BE")));
    assertInvalid(("\ufeff" + VALID).getBytes(Charset.forName("UTF-32LE")));
  }

  @Test
  void otherEncodingsAreRefused() {
    for (String charset : new String[] {"UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE", "IBM037"}) {
      assertInvalid(VALID.getBytes(Charset.forName(charset)));
      assertInvalid((" " + VALID).getBytes(Charset.forName(charset)));
      assertInvalid("{}".getBytes(Charset.forName(charset)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":["})
  void nestingWithoutEndIsRefused(String opening) {
    String deep = opening.repeat(1_000_000);
    assertInvalid(deep);
    assertInvalid("{\"annotations\":" + deep);
    assertInvalid("{\"layers\":" + deep);
    assertInvalid("{\"layers\":[{\"x\":" + deep);
    assertInvalid("{\"config\":{\"x\":" + deep);
  }

  @Test
  void hugeNumbersWhereNobodyLooksCostNothingAndThoseOutOfHandAreRefused() {
    assertReadOrInvalid(("{\"x\":" + "9".repeat(900) + "}").getBytes(UTF_8));
    assertInvalid("{\"x\":" + "9".repeat(10_000_000) + "}");
    assertInvalid("{\"schemaVersion\":" + "9".repeat(10_000_000) + "}");
    assertReadOrInvalid("{\"x\":1e2147483648}".getBytes(UTF_8));
    assertReadOrInvalid(("{\"x\":1E-" + "9".repeat(500) + "}").getBytes(UTF_8));
  }

  @Test
  void hugeNamesAndStringsAreReadOrRefused() {
    String huge = "x".repeat(10_000_000);
    assertInvalid("{\"" + huge + "\":1}");
    assertInvalid("{\"layers\":[{\"digest\":\"" + huge + "\",\"size\":1}]}");
    assertReadOrInvalid(("{\"mediaType\":\"a/" + huge + "\"}").getBytes(UTF_8));
    assertReadOrInvalid(("{\"a\":\"" + huge + "\"}").getBytes(UTF_8));
  }

  @Test
  void namesChosenToCollideAreReadOrRefused() {
    StringBuilder json = new StringBuilder("{\"z\":0");
    for (int i = 0; i < 1 << 14; i++) {
      json.append(",\"");
      for (int bit = 0; bit < 14; bit++) {
        json.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      json.append("\":0");
    }
    assertReadOrInvalid(json.append('}').toString().getBytes(UTF_8));
  }

  @Test
  void everyBeginningOfAManifestIsRefused() {
    byte[] valid = VALID.getBytes(UTF_8);
    assertThatCode(() -> Manifest.read(valid)).doesNotThrowAnyException();
    for (int length = 0; length < valid.length; length++) {
      assertInvalid(Arrays.copyOf(valid, length));
    }
  }

  @Test
  void everyByteOfAManifestMayBeAnyOther() {
    byte[] valid = VALID.getBytes(UTF_8);
    for (int i = 0; i < valid.length; i++) {
      byte[] bytes = valid.clone();
      for (int value = 0; value < 256; value++) {
        bytes[i] = (byte) value;
        assertReadOrInvalid(bytes);
      }
    }
  }

  @Test
  void randomBytesAreReadOrRefused() {
    Random random = new Random(7);
    byte[] alphabet =
        "{}[]:,\"\\u0aez.-+ \n\0\u0080\u00ff\u00fe\u00ef\u00bb\u00bf".getBytes(ISO_8859_1);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      if (i % 2 == 0) {
        random.nextBytes(bytes);
      } else {
        for (int j = 0; j < bytes.length; j++) {
          bytes[j] = alphabet[random.nextInt(alphabet.length)];
        }
      }
      if (bytes.length > 0 && i % 3 == 0) {
        bytes[0] = '{';
      }
      assertReadOrInvalid(bytes);
    }
  }

  @Test
  void randomDocumentsOfTheRightWordsAreReadOrRefused() {
    String[] words = {
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "\"layers\":[{",
      "\"config\":{",
      "\"manifests\":[",
      "}]",
      "\"digest\":",
      "\"size\":",
      "\"sha256:" + HEX + "\"",
      "1",
      "-1",
      "null",
      "true",
      "1e9",
      "\"mediaType\":",
      "\"a/b\"",
      "\"x\":",
      "\"blobs\":",
      "\"schemaVersion\":",
      "\"signatures\":"
    };
    Random random = new Random(8);
    for (int i = 0; i < 200_000; i++) {
      StringBuilder json = new StringBuilder("{");
      for (int left = random.nextInt(20); left > 0; left--) {
        json.append(words[random.nextInt(words.length)]);
      }
      assertReadOrInvalid(json.append('}').toString().getBytes(UTF_8));
    }
  }
}
