package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.load;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands under {@code proxy} about what to keep, and for how long. */
class LimitsSectionTest {

  private static Limits limits(String proxy) {
    return config("proxy: {" + proxy + "}").proxy().limits();
  }

  @Test
  void maxsizeIsUnlimitedByDefault() {
    assertThat(limits("").maxSize()).isEqualTo(Long.MAX_VALUE);
    assertThat(limits("maxsize: 0").maxSize()).isEqualTo(Long.MAX_VALUE);
    assertThat(limits("maxsize: 50GiB").maxSize()).isEqualTo(50L << 30);
  }

  @Test
  void highmarkIsTheWholeSizeByDefault() {
    assertThat(limits("").highMark()).isEqualTo(100);
    assertThat(limits("highmark: 95%").highMark()).isEqualTo(95);
    assertThat(limits("highmark: 95%").lowMark()).isEqualTo(90);
    assertThat(limits("highmark: 80").lowMark()).isEqualTo(80);
  }

  @Test
  void lowmarkIsNinetyPercentByDefault() {
    assertThat(limits("").lowMark()).isEqualTo(90);
    assertThat(limits("lowmark: 75%").lowMark()).isEqualTo(75);
    assertThat(limits("lowmark: 100").lowMark()).isEqualTo(100);
  }

  @Test
  void minfreeIsNothingByDefault() {
    assertThat(limits("").minFree()).isZero();
    assertThat(limits("minfree: 500MB").minFree()).isEqualTo(500_000_000);
  }

  @Test
  void ttlIsAWeekByDefault() {
    assertThat(limits("").ttl()).isEqualTo(Duration.ofDays(7));
    assertThat(limits("ttl: 36h").ttl()).isEqualTo(Duration.ofHours(36));
    assertThat(limits("ttl: 0").ttl()).isZero();
  }

  @Test
  void sweepIsAMinuteByDefault() {
    assertThat(limits("").sweep()).isEqualTo(Duration.ofMinutes(1));
    assertThat(limits("sweep: 10s").sweep()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void nothingIsPinnedByDefault() {
    assertThat(limits("").pins()).isEmpty();
    assertThat(limits("pin: ['library/alpine:*', 'team/*:release-?']").pins())
        .containsExactly("library/alpine:*", "team/*:release-?");
    assertThat(limits("pin: library/alpine").pins()).containsExactly("library/alpine");
  }

  @Test
  void upstreamsHaveNoShareByDefault() {
    assertThat(limits("upstreams: [{name: ghcr.io}]").shares()).isEmpty();
    assertThat(limits("upstreams: [{name: ghcr.io, maxsize: 0}]").shares()).isEmpty();
    assertThat(
            limits("upstreams: [{name: 'a.example:5000', maxsize: 5GiB}, {name: b.io, ttl: 0s}]")
                .shares())
        .containsOnly(
            Map.entry("a.example_5000", Share.WHOLE.maxSize(5L << 30)),
            Map.entry("b.io", Share.WHOLE.ttl(Duration.ZERO)));
  }

  @ParameterizedTest
  @CsvSource({
    "'{name: a.io, maxsize: lots}', is not a size",
    "'{name: a.io, ttl: 7d}', is not a duration",
    "'{name: ''*'', allow: [a.io], ttl: 1h}', is only for upstreams that are listed",
    "'{name: ''*'', allow: [a.io], maxsize: 1GiB}', is only for upstreams that are listed",
  })
  void aShareThatMakesNoSenseIsAnError(String upstream, String problem) {
    assertThat(problems("proxy:\n  upstreams:\n    - " + upstream))
        .singleElement()
        .asString()
        .contains("proxy.upstreams")
        .contains(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "maxsize: lots, is not a size",
    "highmark: 0, is not a percentage",
    "highmark: 101%, is not a percentage",
    "lowmark: 0%, is not a percentage",
    "lowmark: 101, is not a percentage",
    "lowmark: x, is not a percentage",
    "minfree: -1, is not a size",
    "ttl: 7d, is not a duration",
    "ttl: -1, is negative",
    "sweep: 1, is not a duration",
    "sweep: 0, must be longer than zero",
    "pin: 'a b', is not a pattern of repository:tag",
  })
  void whatMakesNoSenseIsAnError(String yaml, String problem) {
    assertThat(problems("proxy:\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: proxy.")
        .contains(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pin: {a: b}", "pin: [[a]]"})
  void pinIsAListOfPatterns(String yaml) {
    assertThat(problems("proxy:\n  " + yaml)).singleElement().asString().contains("proxy.pin");
  }

  @Test
  void aLowmarkAboveTheHighmarkIsRefused() {
    assertThat(problems("proxy:\n  highmark: 80%\n  lowmark: 85%"))
        .singleElement()
        .asString()
        .startsWith("config.yml:3: proxy.lowmark")
        .contains("'85%' is above proxy.highmark, which is 80%");
  }

  @Test
  void theLocalDirectoryIsInTheStateDirectoryOfAServiceByDefault() {
    assertThat(
            load("proxy: {}", Map.of("STATE_DIRECTORY", "/var/lib/cistern:/var/lib/other"))
                .config()
                .proxy()
                .local()
                .rootDirectory())
        .isEqualTo(Path.of("/var/lib/cistern/local"));
  }

  @Test
  void theLocalDirectoryHasTenGibibytesByDefault() {
    LocalConfig local = config("proxy: {}").proxy().local();
    assertThat(local.rootDirectory()).isEqualTo(Path.of("cistern-local"));
    assertThat(local.maxSize()).isEqualTo(10L << 30);
    LocalConfig set =
        config("proxy: {local: {rootdirectory: /var/cache/cistern, maxsize: 1GiB}}")
            .proxy()
            .local();
    assertThat(set.rootDirectory()).isEqualTo(Path.of("/var/cache/cistern"));
    assertThat(set.maxSize()).isEqualTo(1L << 30);
  }

  @Test
  void clientsAreSentToTheStorageOnlyWhereTheConfigurationSaysSo() {
    assertThat(config("proxy: {}").proxy().local().tier().redirectFrom()).isEmpty();
    assertThat(config("proxy: {local: {redirectfrom: 1MiB}}").proxy().local().tier().redirectFrom())
        .isEmpty();
    assertThat(config("proxy: {local: {redirect: true}}").proxy().local().tier().redirectFrom())
        .hasValue(8 << 20);
    assertThat(
            config("proxy: {local: {redirect: true, redirectfrom: 1MiB}}")
                .proxy()
                .local()
                .tier()
                .redirectFrom())
        .hasValue(1 << 20);
  }
}
