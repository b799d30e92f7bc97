package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PrintableTest {

  @Nested
  class Quoted {

    @Test
    void keepsPrintableAscii() {
      assertThat(Printable.quoted("library/alpine 3")).isEqualTo("'library/alpine 3'");
      assertThat(Printable.quoted("")).isEqualTo("''");
    }

    @Test
    void escapesEverythingElse() {
      assertThat(Printable.quoted("a\r\n\u001b\u00e9\u202e\ud800"))
          .isEqualTo("'a\\u000d\\u000a\\u001b\\u00e9\\u202e\\ud800'");
    }

    @Test
    void cutsLongText() {
      assertThat(Printable.quoted("x".repeat(80))).isEqualTo("'" + "x".repeat(80) + "'");
      assertThat(Printable.quoted("x".repeat(81))).isEqualTo("'" + "x".repeat(80) + "...'");
    }
  }

  @Nested
  class Line {

    @Test
    void replacesLineBreaksAndInvisibleCharactersBySingleSpaces() {
      assertThat(Printable.line("a\r\n\u001b[31mb\u202ec\td\u0000", 80)).isEqualTo("a [31mb c d");
    }

    @Test
    void keepsVisibleCharactersOfAllScripts() {
      assertThat(Printable.line("저장소 não há \ud83d\ude00", 80))
          .isEqualTo("저장소 não há \ud83d\ude00");
    }

    @Test
    void isNeverLongerThanItsLimit() {
      assertThat(Printable.line("x".repeat(500), 20)).hasSizeLessThanOrEqualTo(20).endsWith("…");
      assertThat(Printable.line("\ud83d\ude00".repeat(50), 20)).hasSizeLessThanOrEqualTo(20);
      assertThat(Printable.line("xyz", 1)).isEqualTo("…");
    }

    @Test
    void dropsHalfASurrogatePair() {
      assertThat(Printable.line("\ud83d", 20)).isEmpty();
    }
  }

  @Nested
  class Escaped {

    @Test
    void keepsWhatIsVisible() {
      assertThat(Printable.escaped("plain text")).isEqualTo("plain text");
      assertThat(Printable.escaped("저장소 não há \ud83d\ude00")).isEqualTo("저장소 não há \ud83d\ude00");
    }

    @Test
    void showsWhatIsNot() {
      assertThat(Printable.escaped("a\nb\tc\u001b[0m\u2028\u202e"))
          .isEqualTo("a\\nb\\u0009c\\u001b[0m\\u2028\\u202e");
      assertThat(Printable.escaped("\ud83d|\udb40\udc01")).isEqualTo("\\ud83d|\\udb40\\udc01");
    }

    @Test
    void cutsNothing() {
      assertThat(Printable.escaped("\n" + "x".repeat(100_000))).hasSize(100_002);
    }
  }
}
