package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.proxy.upstream.ResumePoint;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small headers: ranges, entity tags, waits and links. */
class HeaderValuesTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a?b>; rel=\"next\"",
        "<a?b>;rel=next",
        "<a?b>; REL=NEXT",
        "<a?b>; rel=\"prev next\"",
        "<a?b>; rel=\"next last\"",
        "<a?b> ; rel = \"ne\\xt\" ;",
        "<x>; rel=prev, <a?b>; rel=next",
        "<x,y;z>; title=\"a, b; rel=next\"; rel=prev , ,<a?b>; title=\"\\\">\"; rel=next",
        "<a?b>; title=\"a, b; c\"; rel=\"next\"",
        "<a?b>; flag; title*=UTF-8''%e2%82%ac; type=text/html; rel=next; rel=prev",
        "<a?b>; rel=http://example.com/x; x=\"\", <a?b>; rel=next",
        "< a?b >; rel=next, <c>; rel=next",
        ",, <a?b>; rel=next"
      })
  void findsTheNextLinkAmongOthers(String header) throws ProtocolException {
    assertThat(LinkHeader.next(List.of(header))).contains("a?b");
    assertThat(LinkHeader.next(List.of("<x>; rel=prev", "", header))).contains("a?b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " , ",
        "<>",
        "<x>; rel=\"nextish\"",
        "<x>; rel=prev",
        "<x>; rel=prev; rel=next",
        "<x>; title=\"; rel=next\"",
        "<x>; rel",
        "<x>; xrel=next"
      })
  void findsNoNextLinkInOtherHeaders(String header) throws ProtocolException {
    assertThat(LinkHeader.next(List.of(header))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<x",
        "x; rel=next",
        "<x>; rel=\"next",
        "<x>; rel=next <y>; rel=prev",
        "<x> rel=next",
        "<x>; rel=prev, next",
        "<x>; =next"
      })
  void aLinkHeaderThatCannotBeReadIsAnError(String header) {
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> LinkHeader.next(List.of(header)));
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> LinkHeader.next(List.of("<y>; rel=next", header)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"<", "<>", "<>;", "<>;rel=\"", "<a>; rel=\" next", "rel=next ", "\\"})
  void aMaliciousLinkHeaderIsParsedQuickly(String part) {
    List<String> headers = Collections.nCopies(3, part.repeat(60_000 / part.length()));
    try {
      assertThat(LinkHeader.next(headers)).isEmpty();
    } catch (ProtocolException e) {
      assertThat(e).hasMessageContaining("cannot be read");
    }
  }
}
