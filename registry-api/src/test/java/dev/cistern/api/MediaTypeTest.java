package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, section 8.3, and the types of the OCI and Docker specifications. */
class MediaTypeTest {

  @ParameterizedTest
  @CsvSource({
    "application/json, application/json",
    "application/json; charset=utf-8, application/json",
    "application/json;charset=utf-8, application/json",
    "Application/JSON ;q=1, application/json",
    "' application/vnd.oci.image.index.v1+json ', application/vnd.oci.image.index.v1+json",
    "application/vnd.example.thing+x; a=b; c=\"d;e\", application/vnd.example.thing+x"
  })
  void isReadWithoutParametersAndInLowerCase(String contentType, String value) {
    assertThat(MediaType.parse(contentType)).hasToString(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ";",
        "/",
        "a/",
        "/b",
        "application",
        "a/b/c",
        "a b/c",
        "a/b c",
        "a/b\r\nX: 1",
        "a/\u0000",
        "ä/b",
        "a,b/c"
      })
  void isOctetStreamWhenItIsNone(String contentType) {
    assertThat(MediaType.parse(contentType)).isEqualTo(MediaType.OCTET_STREAM);
  }

  @Test
  void isOctetStreamWhenItIsTooLong() {
    assertThat(MediaType.parse("a/" + "b".repeat(253)).value()).hasSize(255);
    assertThat(MediaType.parse("a/" + "b".repeat(254))).isEqualTo(MediaType.OCTET_STREAM);
    assertThat(MediaType.parse("a/".repeat(1_000_000))).isEqualTo(MediaType.OCTET_STREAM);
  }

  @Test
  void isAnIndexWhenItListsPlatforms() {
    assertThat(MediaType.OCI_INDEX.isIndex()).isTrue();
    assertThat(MediaType.DOCKER_MANIFEST_LIST.isIndex()).isTrue();
    assertThat(MediaType.OCI_MANIFEST.isIndex()).isFalse();
    assertThat(MediaType.OCTET_STREAM.isIndex()).isFalse();
  }

  @Test
  void ofManifestsComesRichestFirst() {
    assertThat(MediaType.manifestTypes())
        .startsWith(MediaType.OCI_INDEX, MediaType.DOCKER_MANIFEST_LIST)
        .contains(MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST)
        .endsWith(MediaType.DOCKER_SCHEMA1_SIGNED);
  }

  @Test
  void isValidWhenConstructed() {
    assertThatIllegalArgumentException().isThrownBy(() -> new MediaType("nothing"));
    assertThatIllegalArgumentException().isThrownBy(() -> new MediaType("Text/Plain"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MediaType("text/plain; charset=utf-8"));
  }
}
