package dev.cistern.proxy.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerSignatureTest {

  private static final String SECRET = "sixteen letters!";
  private static final String TARGET = "/v2/library/alpine/blobs/sha256:ab";
  private static final Instant NOW = Instant.parse("2026-05-29T20:26:40Z");

  private final PeerSignature first = PeerSignature.of(SECRET, "one", () -> NOW);
  private final PeerSignature second = PeerSignature.of(SECRET, "two", () -> NOW);

  private static PeerSignature at(Instant time) {
    return PeerSignature.of(SECRET, "two", () -> time);
  }

  @Test
  void isVerifiedByWhoHasTheSameSecret() throws RegistryException {
    String header = first.sign("GET", TARGET);

    assertThat(header).matches("v1;one;1780086400;[A-Za-z0-9_-]{43}");
    assertThat(second.verify(header, "GET", TARGET)).isEqualTo("one");
  }

  /** Servers of different versions must agree on it. */
  @Test
  void hasTheDocumentedForm() {
    assertThat(first.sign("GET", TARGET))
        .isEqualTo("v1;one;1780086400;C63sR1gI38jIjCNMaG4hzhck-x8MbninAMIWMGw1Njs");
  }

  @Test
  void isForOneRequestOnly() {
    String header = first.sign("GET", TARGET);

    assertRefused(header, "HEAD", TARGET, "signature");
    assertRefused(header, "GET", TARGET + "0", "signature");
    assertRefused(header.replace(";one;", ";two;"), "GET", TARGET, "signature");
    assertRefused(header.replace("1780086400", "1780086401"), "GET", TARGET, "signature");
  }

  @Test
  void isRefusedWithAnotherSecret() {
    PeerSignature other = PeerSignature.of("another secret of 27 letters", "one", () -> NOW);

    assertRefused(other.sign("GET", TARGET), "GET", TARGET, "proxy.peers.secret");
  }

  @Test
  void allowsClocksThatDiffer() throws RegistryException {
    String header = first.sign("GET", TARGET);

    assertThat(at(NOW.plus(PeerSignature.WINDOW)).verify(header, "GET", TARGET)).isEqualTo("one");
    assertThat(at(NOW.minus(PeerSignature.WINDOW)).verify(header, "GET", TARGET)).isEqualTo("one");
    assertThatThrownBy(
            () ->
                at(NOW.plus(PeerSignature.WINDOW).plus(Duration.ofSeconds(1)))
                    .verify(header, "GET", TARGET))
        .hasMessageContaining("901 s behind the clock");
    assertThatThrownBy(
            () ->
                at(NOW.minus(PeerSignature.WINDOW).minus(Duration.ofSeconds(1)))
                    .verify(header, "GET", TARGET))
        .hasMessageContaining("901 s ahead of the clock");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "v1", "v1;one;1780086400;short", "v2;one;1780086400;x", "v1;;1;x", "\u0000"})
  void anotherFormIsRefused(String header) {
    assertRefused(header, "GET", TARGET, "form");
  }

  @Test
  void aTimeThatNoClockHasIsRefused() {
    assertRefused("v1;one;999999999999;" + "x".repeat(43), "GET", TARGET, "signature");
  }

  @Test
  void needsASecretThatCannotBeGuessed() {
    assertThatThrownBy(() -> PeerSignature.of("short", "one", () -> NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16")
        .hasMessageNotContaining("short");
    assertThatThrownBy(() -> PeerSignature.of(SECRET, "a b", () -> NOW))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(first.toString()).doesNotContain(SECRET);
  }

  private void assertRefused(String header, String method, String target, String reason) {
    assertThatThrownBy(() -> second.verify(header, method, target))
        .isInstanceOfSatisfying(
            RegistryException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.DENIED))
        .hasMessageContaining(reason);
  }
}
