package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePatternTest {

  @ParameterizedTest
  @CsvSource({
    "library/alpine:3.20, library/alpine, 3.20, true",
    "library/alpine:3.20, library/alpine, 3x20, false",
    "library/alpine:3.20, library/alpine2, 3.20, false",
    "library/alpine:*, library/alpine, latest, true",
    "library/alpine, library/alpine, latest, true",
    "library/*:latest, library/alpine, latest, true",
    "library/*:latest, library/alpine, 3.20, false",
    "team/*, team/a/b/c, x, true",
    "library/alpine:3.?, library/alpine, 3.9, true",
    "library/alpine:3.?, library/alpine, 3.20, false",
  })
  void aPatternIsAboutARepositoryAndATag(
      String pattern, String repository, String tag, boolean matches) {
    ImagePattern pin = ImagePattern.parse(pattern);
    assertThat(pin.matches(new RepositoryName(repository)) && pin.matches(new Tag(tag)))
        .isEqualTo(matches);
  }

  @Test
  void aPatternWithoutWildcardsIsAboutOneRepository() {
    assertThat(ImagePattern.parse("library/alpine:3.*").only())
        .contains(new RepositoryName("library/alpine"));
    assertThat(ImagePattern.parse("library/*").only()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":latest", "library/alpine:", "library/alpine:a:b", "a b", "a[b]"})
  void aPatternThatCanMatchNothingIsRefused(String pattern) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImagePattern.parse(pattern))
        .withMessageContaining("is not a pattern of repository:tag");
  }
}
