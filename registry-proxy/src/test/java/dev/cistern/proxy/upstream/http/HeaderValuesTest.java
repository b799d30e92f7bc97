package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.proxy.upstream.ResumePoint;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small headers: ranges, entity tags, waits and links. */
class HeaderValuesTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final HttpUrl LIST = HttpUrl.get("https://r.example.com/v2/a/tags/list");

  @Test
  void contentRangeHasFirstLastAndTotal() {
    assertThat(ContentRange.parse("bytes 5-9/10"))
        .contains(new ContentRange(5, 9, OptionalLong.of(10)));
    assertThat(ContentRange.parse("BYTES 0-0/*"))
        .contains(new ContentRange(0, 0, OptionalLong.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes */10",
        "bytes 5-4/10",
        "bytes 5-10/10",
        "bytes -5/10",
        "bytes 1-2",
        "items 1-2/3",
        "bytes 1-9223372036854775807/*",
        "bytes 99999999999999999999-99999999999999999999/*",
        "bytes 0-9223372036854775808/*",
        "bytes 1-2/3, bytes 4-5/6"
      })
  void aContradictoryContentRangeIsIgnored(String header) {
    assertThat(ContentRange.parse(header)).isEmpty();
  }

  @Test
  void retryAfterIsSecondsOrADate() {
    assertThat(RetryAfter.parse(" 120 ", NOW)).contains(Duration.ofMinutes(2));
    assertThat(RetryAfter.parse("Mon, 23 Nov 2026 12:01:30 GMT", NOW))
        .contains(Duration.ofSeconds(90));
    assertThat(RetryAfter.parse("Mon, 23 Nov 2026 11:00:00 GMT", NOW)).contains(Duration.ZERO);
  }

  @ParameterizedTest
  @CsvSource({
    "1795435230, 30",
    "1795435230000, 30",
    "1795435200, 0",
    "1764201600, 0",
    "1764201600000, 0",
    "1000000000, 0",
    "9999999999, 86400"
  })
  void retryAfterMayBeAUnixTime(String header, long seconds) {
    assertThat(NOW.getEpochSecond()).isEqualTo(1_795_435_200);
    assertThat(RetryAfter.parse(header, NOW)).contains(Duration.ofSeconds(seconds));
  }

  @Test
  void retryAfterIsAtMostADay() {
    assertThat(RetryAfter.parse("9".repeat(500), NOW)).contains(Duration.ofDays(1));
    assertThat(RetryAfter.parse("999999999", NOW)).contains(Duration.ofDays(1));
    assertThat(RetryAfter.parse("Tue, 23 Nov 2027 12:00:00 GMT", NOW)).contains(Duration.ofDays(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "-1",
        "-1764201600",
        "1.5",
        "1 2",
        "\u0661\u0662",
        "0x10",
        "60s",
        "Mon, 99 Nov 2026 12:01:30 GMT"
      })
  void anInvalidRetryAfterIsIgnored(String header) {
    assertThat(RetryAfter.parse(header, NOW)).isEmpty();
  }

  @Test
  void aResumePointAcceptsOnlyStrongEntityTags() {
    assertThat(ResumePoint.at(7).ifStill("\"abc\"").etag()).contains("\"abc\"");
    assertThat(ResumePoint.at(7).etag()).isEmpty();
    for (String tag : List.of("W/\"abc\"", "abc", "\"", "", "\"a\"b\"", "\"a\r\nX: y\"")) {
      assertThatIllegalArgumentException().isThrownBy(() -> ResumePoint.at(7).ifStill(tag));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> ResumePoint.at(-1));
  }

  @Test
  void findsTheNextLinkAmongOthers() {
    assertThat(
            LinkHeader.next(
                List.of("</other>; rel=\"prev\", </v2/a/tags/list?n=2&last=x,y>; rel=\"next\""),
                LIST))
        .contains(HttpUrl.get("https://r.example.com/v2/a/tags/list?n=2&last=x,y"));
    assertThat(LinkHeader.next(List.of("<?last=b>; title=x; REL=next"), LIST))
        .contains(HttpUrl.get("https://r.example.com/v2/a/tags/list?last=b"));
    assertThat(LinkHeader.next(List.of("<x>; rel=prev", "<y>;rel=\"last next\""), LIST))
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<>",
        "<x",
        "x; rel=next",
        "<x>; rel=\"nextish\"",
        "<x>; rel=prev",
        "<ftp://x/>; rel=next"
      })
  void findsNoNextLinkInOtherHeaders(String header) {
    assertThat(LinkHeader.next(List.of(header), LIST)).isEmpty();
  }

  @Test
  void aMaliciousLinkHeaderIsParsedQuickly() {
    for (String part : List.of("<", "<>", "<>;", "<>;rel=\"", "<a>; rel=\" next", "rel=next ")) {
      Optional<HttpUrl> next =
          LinkHeader.next(Collections.nCopies(3, part.repeat(8000 / part.length())), LIST);
      assertThat(next).isEmpty();
    }
  }
}
