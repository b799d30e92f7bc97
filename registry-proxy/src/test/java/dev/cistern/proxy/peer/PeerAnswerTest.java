package dev.cistern.proxy.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAnswerTest {

  private static final Forward ASKED = Forward.ok("registry", Duration.ofMillis(3));

  private static PeerAnswer sent(PeerAnswer answer) {
    return PeerAnswer.parse(answer.header()).orElseThrow();
  }

  @Test
  void contentIsSaidByTheNameAlone() {
    PeerAnswer answer = PeerAnswer.of("one", new CacheStatus.Miss(ASKED, Set.of()));

    assertThat(answer.header()).isEqualTo("one");
    assertThat(sent(answer)).isEqualTo(answer);
  }

  @Test
  void aTagHasTheTimeThatItIsFresh() {
    PeerAnswer answer =
        PeerAnswer.of("one", new CacheStatus.Hit(Optional.of(Duration.ofSeconds(57))));

    assertThat(answer.header()).isEqualTo("one;ttl=57");
    assertThat(sent(answer)).isEqualTo(answer);
    assertThat(PeerAnswer.parse("one;ttl=-5").orElseThrow().ttl()).contains(Duration.ofSeconds(-5));
  }

  @Test
  void aStaleAnswerHasItsReason() {
    PeerAnswer answer =
        PeerAnswer.of(
            "one",
            new CacheStatus.Stale(ASKED, Duration.ofSeconds(95), "it \u00fc; is = \"down\"\r\n"));

    assertThat(answer.header()).matches("one;stale=95;reason=[\\x21-\\x7e]+");
    assertThat(sent(answer)).isEqualTo(answer);
  }

  @Test
  void theUpstreamsFailureIsNamed() {
    UpstreamException failure =
        UpstreamException.builder(
                UpstreamException.Kind.RATE_LIMITED,
                ErrorCode.TOOMANYREQUESTS,
                "registry",
                new Target(Target.Kind.TAGS, "tags"),
                "it answered 429")
            .build();

    PeerAnswer answer = PeerAnswer.of("one", failure);

    assertThat(answer.header()).isEqualTo("one;failure=rate_limited;code=toomanyrequests");
    assertThat(sent(answer)).isEqualTo(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "one;failure=no_such_kind;code=denied",
        "one;failure=absent;code=none",
        "one;failure=absent",
        "one;ttl=x",
        "one;stale=1",
        "one;more=1",
        "one;stale=1;reason=%zz"
      })
  void anythingElseIsNoAnswerOfAPeer(String header) {
    assertThat(PeerAnswer.parse(header)).isEmpty();
  }
}
