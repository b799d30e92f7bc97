package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheRequest.Kind;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class UpstreamStatesTest {

  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  private static final Tag LATEST = new Tag("latest");

  private final TickingClock clock = new TickingClock();
  private final UpstreamStates states = new UpstreamStates(clock);

  private void answered(String upstream, Duration time) {
    states.upstreamAnswered(
        new UpstreamCall(upstream, UpstreamCall.Kind.MANIFEST, Target.manifest(ALPINE, LATEST)),
        OptionalInt.of(200),
        time);
  }

  private UpstreamState of(String name) {
    return states.all().stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
  }

  @Test
  void configuredUpstreamsComeFirstAndInOrder() {
    Map<String, List<String>> configured = new LinkedHashMap<>();
    configured.put("registry-1.docker.io", List.of("docker.io"));
    configured.put("ghcr.io", List.of("ghcr.io"));
    answered("other.example", Duration.ofMillis(5));
    states.configure(configured);

    assertThat(states.all())
        .extracting(UpstreamState::name)
        .containsExactly("registry-1.docker.io", "ghcr.io", "other.example");
    assertThat(of("registry-1.docker.io").registries()).containsExactly("docker.io");
    assertThat(of("ghcr.io").lastAnswer()).isEmpty();
    states.configure(Map.of("ghcr.io", List.of("ghcr.io")));
    assertThat(states.all())
        .extracting(UpstreamState::name)
        .containsExactly("ghcr.io", "other.example");
  }

  @Test
  void latencyIsThatOfTheLastAnswers() {
    answered("a", Duration.ofSeconds(9));
    for (int i = 1; i <= 64; i++) {
      answered("a", Duration.ofMillis(i));
    }

    assertThat(of("a").latency())
        .contains(new UpstreamState.Latency(Duration.ofMillis(33), Duration.ofMillis(64)));
    assertThat(of("a").answered()).isEqualTo(65);
  }

  @Test
  void rateLimitIsResetAfterItsWindowAtTheLatest() {
    states.rateLimitSeen("a", new RateLimit(100, 7, Optional.of(Duration.ofHours(6))));

    assertThat(of("a").rateLimit().orElseThrow().reset())
        .contains(Instant.parse("2026-11-27T18:00:00Z"));
  }

  @Test
  void upstreamIsDownUntilItIsUp() {
    states.upstreamDown("a", "connection refused");
    assertThat(of("a").down().orElseThrow().text()).isEqualTo("connection refused");
    states.upstreamUp("a");
    assertThat(of("a").down()).isEmpty();
  }

  @Test
  void namesThatClientsMakeUpAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      answered("r" + i + ".example", Duration.ofMillis(1));
    }
    assertThat(states.all()).hasSize(200);
  }

  @Test
  void answerIsStaleUntilTheNextOneThatIsNot() {
    StaleAnswers stale = new StaleAnswers(clock);
    CacheRequest tag = CacheRequest.of(Kind.MANIFEST, ALPINE, LATEST);
    Forward asked = new Forward("a", OptionalInt.of(503), Duration.ofMillis(3));
    stale.requestAnswered(
        tag, new CacheStatus.Stale(asked, Duration.ofHours(2), "it answered 503"));
    stale.requestAnswered(
        CacheRequest.of(Kind.MANIFEST_INFO, ALPINE, LATEST),
        new CacheStatus.Stale(asked, Duration.ofHours(3), "it answered 503"));

    assertThat(stale.all())
        .containsExactly(
            new StaleAnswer(
                "library/alpine:latest",
                Duration.ofHours(3),
                "it answered 503",
                clock.instant(),
                2));
    stale.requestAnswered(tag, new CacheStatus.Confirmed(asked));
    assertThat(stale.all()).isEmpty();
    for (int i = 0; i < 1_000; i++) {
      stale.requestAnswered(
          CacheRequest.of(Kind.MANIFEST, ALPINE, new Tag("t" + i)),
          new CacheStatus.Stale(asked, Duration.ZERO, String.valueOf(ErrorCode.UNAVAILABLE)));
    }
    assertThat(stale.all()).hasSize(200);
  }
}
