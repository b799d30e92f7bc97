package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestKeyTest {

  private static final List<String> SIBLINGS = List.of("addr", "headers", "prefix");
  private static final List<String> KNOWN = List.of("http", "http.addr", "proxy.remoteurl");

  @Test
  void findsTheKeyOfTheSameSectionThatIsSpelledAlmostSo() {
    assertThat(NearestKey.to("http", "adr", SIBLINGS, KNOWN)).isEqualTo("http.addr");
    assertThat(NearestKey.to("http", "haeders", SIBLINGS, KNOWN)).isEqualTo("http.headers");
    assertThat(NearestKey.to("http", "Prefix", SIBLINGS, KNOWN)).isEqualTo("http.prefix");
  }

  @Test
  void findsAKeyThatStandsInTheWrongSection() {
    assertThat(NearestKey.to("http", "remoteurl", SIBLINGS, KNOWN)).isEqualTo("proxy.remoteurl");
  }

  @Test
  void namesTheLeastDifferentOneOtherwise() {
    assertThat(NearestKey.to("http", "address", SIBLINGS, KNOWN)).isEqualTo("http.addr");
  }

  @Test
  void namesTheSectionWhenItHasNoKeys() {
    assertThat(NearestKey.to("storage.inmemory", "size", List.of(), KNOWN))
        .isEqualTo("storage.inmemory");
  }

  @Test
  void countsEdits() {
    assertThat(NearestKey.distance("", "abc")).isEqualTo(3);
    assertThat(NearestKey.distance("abc", "abc")).isZero();
    assertThat(NearestKey.distance("abc", "acb")).isEqualTo(1);
    assertThat(NearestKey.distance("kitten", "sitting")).isEqualTo(3);
  }
}
