package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.load;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.FreshnessPolicy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code proxy.freshness}, {@code proxy.staleafter} and {@code proxy.revalidate}. */
class FreshnessSectionTest {

  private static FreshnessPolicy main(String yaml) {
    return config(yaml).proxy().main().reuse().freshness();
  }

  private static FreshnessPolicy other(String yaml) {
    return config(yaml).proxy().others().get(0).reuse().freshness();
  }

  @Test
  void tagsAreCheckedAtEachPullByDefault() {
    assertThat(main("")).isEqualTo(FreshnessPolicy.DEFAULT);
  }

  @Test
  void oneDurationIsForAllTags() {
    FreshnessPolicy policy = main("proxy: {freshness: 5m, staleafter: 1s, revalidate: 1h}");

    assertThat(policy)
        .isEqualTo(
            new FreshnessPolicy(Duration.ofMinutes(5), Duration.ofSeconds(1))
                .withRevalidate(Duration.ofHours(1)));
  }

  @Test
  void aListHasADurationForEachPattern() {
    FreshnessPolicy policy =
        main(
            """
            proxy:
              freshness:
                - {tags: 'v[0-9]*', for: 24h}
                - tags: [latest, edge]
                  for: 1m
              revalidate: 1h
            """);

    assertThat(policy.freshness(new Tag("v1"))).isEqualTo(Duration.ofHours(24));
    assertThat(policy.freshness(new Tag("latest"))).isEqualTo(Duration.ofMinutes(1));
    assertThat(policy.freshness(new Tag("edge"))).isEqualTo(Duration.ofMinutes(1));
    assertThat(policy.freshness(new Tag("other"))).isZero();
    assertThat(policy.staleAfter()).isEqualTo(FreshnessPolicy.DEFAULT.staleAfter());
    assertThat(policy.revalidate()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void variablesSetKeysOfARule() {
    assertThat(
            load(
                    "proxy: {freshness: [{tags: 'v*', for: 1h}]}",
                    Map.of("REGISTRY_PROXY_FRESHNESS_0_FOR", "2h"))
                .config()
                .proxy()
                .main()
                .reuse()
                .freshness()
                .freshness(new Tag("v1")))
        .isEqualTo(Duration.ofHours(2));
  }

  @Test
  void otherUpstreamsHaveTheRulesOfTheDefaultUnlessTheySetTheirOwn() {
    String main = "proxy: {freshness: [{tags: 'v*', for: 24h}], revalidate: 1h, upstreams: ";

    assertThat(other(main + "[ghcr.io]}")).isEqualTo(main(main + "[ghcr.io]}"));
    assertThat(other(main + "[{name: ghcr.io, freshness: 5m}]}"))
        .isEqualTo(
            new FreshnessPolicy(Duration.ofMinutes(5), FreshnessPolicy.DEFAULT.staleAfter())
                .withRevalidate(Duration.ofHours(1)));
    FreshnessPolicy own =
        other(main + "[{name: ghcr.io, freshness: [{tags: 'x*', for: 1m}], revalidate: 0s}]}");
    assertThat(own.freshness(new Tag("x"))).isEqualTo(Duration.ofMinutes(1));
    assertThat(own.freshness(new Tag("v1"))).isZero();
    assertThat(own.revalidate()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{tags: 'v*', for: 1h}|2: proxy.freshness: must be a duration such as 5m, or a list",
        "[5m]|3: proxy.freshness: each item must be a section of tags and for, not a single value",
        "[{for: 1h}]|3: proxy.freshness.tags: name the tags by a pattern, such as 'v[0-9]*'",
        "[{tags: 'v*'}]|3: proxy.freshness.for: say how long these tags are fresh, such as 24h",
        "[{tags: 'v*', for: -1h}]|3: proxy.freshness.for: '-1h' is negative",
        "[{tags: 'v[0-9', for: 1h}]|3: proxy.freshness.tags: 'v[0-9' is not a pattern of tags",
        "[{tags: 'v*', for: 1h, fro: 1h}]|3: proxy.freshness.fro: unknown key",
      })
  void whatIsWrongIsSaidWithItsPlace(String freshness, String problem) {
    assertThat(problems("proxy:\n  freshness:\n    " + freshness))
        .singleElement()
        .asString()
        .startsWith("config.yml:" + problem);
  }
}
