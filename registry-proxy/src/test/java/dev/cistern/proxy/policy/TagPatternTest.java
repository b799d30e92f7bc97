package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.cistern.api.Tag;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagPatternTest {

  @ParameterizedTest
  @CsvSource({
    "latest, latest, true",
    "latest, latest2, false",
    "latest, lates, false",
    "*, anything, true",
    "**, a, true",
    "v[0-9]*, v1, true",
    "v[0-9]*, v12.3-rc, true",
    "v[0-9]*, v, false",
    "v[0-9]*, vnext, false",
    "?.?, 1.2, true",
    "?.?, 1.20, false",
    "1.2, 1x2, false",
    "*-rc, 1.0-rc, true",
    "*-rc, 1.0-rc-rc, true",
    "*-rc, 1.0-rc1, false",
    "a*b*c, aXbXbXc, true",
    "a*b*c, aXcXb, false",
    "[!v]*, v1, false",
    "[!v]*, 1.0, true",
    "[!0-9a], b, true",
    "[!0-9a], 5, false",
    "[a-cx_], b, true",
    "[a-cx_], _, true",
    "[a-cx_], d, false",
    "x[-a], x-, true",
    "x[a-], x-, true",
    "x[a-], xb, false"
  })
  void matchesAsInAShell(String pattern, String tag, boolean matches) {
    assertThat(TagPattern.parse(pattern).matches(new Tag(tag))).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|it is empty",
        "v[0-9|'[' has no ']'",
        "v[]|a set is empty",
        "v[!]|a set is empty",
        "v[9-0]|the range 9-0 is empty",
        "v[^0-9]|'^' is in no tag",
        "x[*]|'*' is in no tag",
        "v]|']' is in no tag",
        "library/alpine:v*|'/' is in no tag",
        "{a,b}|'{' is in no tag",
        "v\\d|'\\' is in no tag"
      })
  void whatIsWrongIsSaidWithThePattern(String pattern, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TagPattern.parse(pattern))
        .withMessage("'" + pattern + "' is not a pattern of tags such as v[0-9]*: " + reason);
  }

  @Test
  void manyStarsTakeNoLongTime() {
    TagPattern stars = TagPattern.parse("*a".repeat(60) + "b");
    Tag tag = new Tag("a".repeat(128));

    assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(stars.matches(tag)).isFalse());
  }

  @Test
  void patternsWithTheSameTextAreEqual() {
    assertThat(TagPattern.parse("v*"))
        .isEqualTo(TagPattern.parse("v*"))
        .hasSameHashCodeAs(TagPattern.parse("v*"))
        .hasToString("v*")
        .isNotEqualTo(TagPattern.parse("v?"));
  }
}
