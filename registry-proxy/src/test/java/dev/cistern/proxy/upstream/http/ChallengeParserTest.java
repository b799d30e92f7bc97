package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110 §11.6.1, with what registries and hostile servers make of it. */
class ChallengeParserTest {

  private static List<Challenge> parse(String... headers) {
    return ChallengeParser.parse(List.of(headers));
  }

  @Test
  void readsTheChallengeOfDockerHub() {
    assertThat(
            parse(
                "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                    + "scope=\"repository:library/alpine:pull\""))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.docker.io/token",
                    "service", "registry.docker.io",
                    "scope", "repository:library/alpine:pull")));
  }

  @Test
  void commasAndEqualsSignsInQuotesSeparateNothing() {
    assertThat(
            parse("Bearer scope=\"repository:a:pull,push\", realm=\"https://x/?a=b, Basic c=d\""))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of("scope", "repository:a:pull,push", "realm", "https://x/?a=b, Basic c=d")));
  }

  @Test
  void undoesEscapesInQuotes() {
    assertThat(parse("Basic realm=\"a \\\"quoted\\\" \\\\ name\""))
        .containsExactly(new Challenge("basic", Map.of("realm", "a \"quoted\" \\ name")));
  }

  @Test
  void readsSeveralChallengesOfOneHeaderAndOfSeveral() {
    assertThat(
            parse("Basic realm=\"one\", Bearer realm=\"two\", service=s", "Digest realm=\"three\""))
        .containsExactly(
            new Challenge("basic", Map.of("realm", "one")),
            new Challenge("bearer", Map.of("realm", "two", "service", "s")),
            new Challenge("digest", Map.of("realm", "three")));
  }

  @Test
  void schemesAndParameterNamesHaveNoCase() {
    assertThat(parse("BEARER Realm=\"X\",SERVICE=Y"))
        .containsExactly(new Challenge("bearer", Map.of("realm", "X", "service", "Y")));
  }

  @Test
  void skipsToken68AndSchemesWithoutParameters() {
    assertThat(parse("Negotiate, NTLM TlRMTVNTUAAB==, Basic realm=x"))
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("ntlm", Map.of()),
            new Challenge("basic", Map.of("realm", "x")));
  }

  @Test
  void toleratesEmptyElementsAndSpacesAroundEqualsSigns() {
    assertThat(parse(" , ,Bearer realm = \"x\" ,, service= y , "))
        .containsExactly(new Challenge("bearer", Map.of("realm", "x", "service", "y")));
  }

  @Test
  void theFirstOfTwoEqualParametersCounts() {
    assertThat(parse("Bearer realm=\"first\", realm=\"second\""))
        .containsExactly(new Challenge("bearer", Map.of("realm", "first")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic realm=\"ok\", Bearer realm=\"never ends",
        "Basic realm=\"ok\", Bearer realm=\"x\", \u0000",
        "Basic realm=\"ok\", Bearer@realm"
      })
  void dropsTheChallengeThatIsMalformedAndKeepsThoseBefore(String header) {
    assertThat(parse(header)).containsExactly(new Challenge("basic", Map.of("realm", "ok")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", "=", "\"", "=x", "\"Bearer\" realm=x", "\\", "Bearer\\"})
  void findsNothingInWhatIsNoChallenge(String header) {
    assertThat(parse(header)).isEmpty();
  }

  @Test
  void ignoresHeadersOfHostileLength() {
    assertThat(parse("Bearer realm=\"" + "x".repeat(20_000) + "\"", "Basic realm=y"))
        .containsExactly(new Challenge("basic", Map.of("realm", "y")));
  }

  @Test
  void boundsTheNumberOfChallengesAndParameters() {
    assertThat(ChallengeParser.parse(Collections.nCopies(10_000, "Basic realm=x"))).hasSize(16);
    assertThat(parse("Basic realm=x, ".repeat(500))).hasSize(16);
    StringBuilder many = new StringBuilder("Basic a=b, Bearer ");
    for (int i = 0; i < 1000; i++) {
      many.append('p').append(i).append("=v,");
    }
    assertThat(parse(many.toString())).containsExactly(new Challenge("basic", Map.of("a", "b")));
  }

  @Test
  void neverFailsWhateverTheBytes() {
    Random random = new Random(7);
    String alphabet = "Bearer realm=\"x\",\\ \t=/~\u0000\u00e9Basic";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder header = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        header.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(parse(header.toString())).hasSizeLessThanOrEqualTo(16);
    }
  }
}
