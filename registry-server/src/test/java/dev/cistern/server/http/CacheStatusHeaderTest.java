package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Confirmed;
import dev.cistern.proxy.event.CacheStatus.Failed;
import dev.cistern.proxy.event.CacheStatus.Generated;
import dev.cistern.proxy.event.CacheStatus.Hit;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code Cache-Status}: RFC 9211, in the syntax of RFC 8941. */
class CacheStatusHeaderTest {

  /** A token with parameters, whose values are integers, tokens and strings, or true. */
  private static final Pattern ITEM =
      Pattern.compile(
          "cistern(; [a-z][a-z-]*(=(-?\\d{1,15}|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
              + "|\"([ !#-\\[\\]-~]|\\\\[\"\\\\])*\"))?)*");

  private static final Forward OK = Forward.ok("hub", Duration.ofMillis(7));

  private static String stale(OptionalInt status, String reason) {
    return CacheStatusHeader.of(
        new Stale(new Forward("hub", status, Duration.ZERO), Duration.ofSeconds(5), reason));
  }

  private static RegistryException upstreams(UpstreamException.Kind kind, ErrorCode code) {
    return UpstreamException.builder(
            kind, code, "hub", new Target(Target.Kind.MANIFEST, "manifest a:b"), "why")
        .build();
  }

  @Test
  void hitMustNotSayThatTheUpstreamWasAsked() {
    assertThat(CacheStatusHeader.of(Hit.BY_DIGEST)).isEqualTo("cistern; hit");
  }

  @Test
  void hitByTagTellsForHowLongItIsFresh() {
    for (long seconds : new long[] {0, 57, 3_600, 3_601, 100_000}) {
      CacheStatus hit = new Hit(Optional.of(Duration.ofSeconds(seconds).plusMillis(900)));

      assertThat(CacheStatusHeader.of(hit)).isEqualTo("cistern; hit; ttl=" + seconds);
    }
  }

  @Test
  void hitThatIsBeingCheckedHasANegativeTtl() {
    assertThat(CacheStatusHeader.of(new Hit(Optional.of(Duration.ofSeconds(-5)))))
        .isEqualTo("cistern; hit; ttl=-5");
    assertThat(CacheStatusHeader.of(new Hit(Optional.of(Duration.ofMillis(-1)))))
        .isEqualTo("cistern; hit; ttl=-1");
  }

  @Test
  void hotAnswersMakeNoText() {
    CacheStatus fresh = new Hit(Optional.of(Duration.ofSeconds(57)));

    assertThat(CacheStatusHeader.of(Hit.BY_DIGEST))
        .isSameAs(CacheStatusHeader.of(new Hit(Optional.empty())));
    assertThat(CacheStatusHeader.of(fresh)).isSameAs(CacheStatusHeader.of(fresh));
    assertThat(CacheStatusHeader.of(new Confirmed(OK)))
        .isSameAs(CacheStatusHeader.of(new Confirmed(OK)));
  }

  @Test
  void confirmedSaysWhatTheUpstreamAnswered() {
    assertThat(CacheStatusHeader.of(new Confirmed(OK)))
        .isEqualTo("cistern; fwd=stale; fwd-status=200; detail=confirmed");
  }

  @Test
  void missSaysWhetherItIsStoredAndWhetherItJoinedAnother() {
    assertThat(CacheStatusHeader.of(new Miss(OK, Set.of())))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200");
    assertThat(CacheStatusHeader.of(new Miss(OK, Set.of(Trait.STORED))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
    assertThat(CacheStatusHeader.of(new Miss(OK, Set.of(Trait.STORED, Trait.COLLAPSED))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; collapsed; stored");
    assertThat(CacheStatusHeader.of(new Miss(OK, Set.of(Trait.STORED, Trait.PARTIAL))))
        .isEqualTo("cistern; fwd=partial; fwd-status=200; stored");
  }

  @Test
  void staleSaysWhyAndTheStatusWhereThereIsOne() {
    assertThat(stale(OptionalInt.of(503), "it answered 503"))
        .isEqualTo("cistern; fwd=stale; fwd-status=503; detail=\"it answered 503\"");
    assertThat(stale(OptionalInt.empty(), "no connection"))
        .isEqualTo("cistern; fwd=stale; detail=\"no connection\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a \"quoted\" and a \\ backslash",
        "two\nlines\r\n\tand a tab",
        "\u001b[31m",
        "gr\u00fc\u00dfe \ud83d\udc0b",
        "\u007f\u0085\u2028",
        "; hit"
      })
  void detailMustBeAStringOfVisibleAscii(String reason) {
    assertThat(stale(OptionalInt.empty(), reason)).matches(ITEM);
  }

  @Test
  void detailIsBounded() {
    String header = stale(OptionalInt.empty(), "\\".repeat(100_000));

    assertThat(header).hasSizeLessThan(500).matches(ITEM);
  }

  @ParameterizedTest
  @EnumSource
  void failureOfTheUpstreamNamesItsKind(UpstreamException.Kind kind) {
    String header = CacheStatusHeader.of(upstreams(kind, ErrorCode.BAD_GATEWAY));

    assertThat(header).matches(ITEM);
    assertThat(header)
        .isEqualTo(
            switch (kind) {
              case NOT_ASKED -> "cistern; detail=not_asked";
              case ABSENT_BEFORE -> "cistern; fwd=stale; detail=absent_before";
              case SERVER_ERROR -> "cistern; fwd=uri-miss; detail=server_error";
              default -> "cistern; fwd=uri-miss; detail=" + kind.name().toLowerCase(Locale.ROOT);
            });
  }

  @Test
  void failureOfTheUpstreamHasItsStatus() {
    RegistryException refused =
        UpstreamException.builder(
                UpstreamException.Kind.REFUSED,
                ErrorCode.DENIED,
                "hub",
                new Target(Target.Kind.MANIFEST, "manifest a:b"),
                "it answered 403")
            .status(403)
            .build();

    assertThat(CacheStatusHeader.of(refused))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=403; detail=refused");
  }

  @ParameterizedTest
  @EnumSource
  void refusalOfTheCacheItselfIsNoForward(ErrorCode code) {
    String header = CacheStatusHeader.of(new RegistryException(code, "no \"such\" thing"));

    assertThat(header).matches(ITEM).startsWith("cistern; detail=").doesNotContain("fwd");
  }

  @Test
  void whatTheCacheMakesItselfIsNoForward() {
    assertThat(CacheStatusHeader.of(new Generated())).isEqualTo("cistern; detail=generated");
    assertThat(CacheStatusHeader.of(new Failed(Optional.empty()))).isEqualTo("cistern");
    assertThat(CacheStatusHeader.of(new Failed(Optional.of(OK)))).matches(ITEM);
  }
}
