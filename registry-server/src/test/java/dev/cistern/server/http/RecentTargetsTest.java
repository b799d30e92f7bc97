package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.RegistryException;
import dev.cistern.api.Route.ManifestRoute;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("1. What was read before is for the same request only")
class RecentTargetsTest {

  private static final Routing ROUTING =
      new Routing(
          Map.of("ghcr.io", "ghcr.io", "docker.io", ""),
          name -> false,
          Map.of("ghcr.cache.example", "ghcr.io"),
          Set.of(""));

  private final RecentTargets targets = new RecentTargets(ROUTING);

  @Test
  void aRequestThatComesAgainIsNotReadAgain() throws RegistryException {
    Routing.Target first = targets.target("/v2/a/b/manifests/x", "", "cache");

    assertThat(targets.target(new String("/v2/a/b/manifests/x"), "", "cache")).isSameAs(first);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/a/b/manifests/x, ns=ghcr.io, cache",
    "/v2/a/b/manifests/x, '', ghcr.cache.example",
    "/v2/a/b/manifests/x, '', ",
    "/v2/a/b/manifests/y, '', cache"
  })
  void oneThatDiffersInAnyPartIsReadByItself(String path, String query, String host)
      throws RegistryException {
    targets.target("/v2/a/b/manifests/x", "", "cache");

    assertThat(targets.target(path, query, host)).isEqualTo(ROUTING.target(path, query, host));
    assertThat(targets.target("/v2/a/b/manifests/x", "", "cache"))
        .isEqualTo(ROUTING.target("/v2/a/b/manifests/x", "", "cache"));
  }

  @Test
  void whereNoHostIsTheNameOfAnUpstreamItDoesNotMatter() throws RegistryException {
    RecentTargets one = new RecentTargets(Routing.asWritten());
    Routing.Target first = one.target("/v2/a/b/manifests/x", "", "cache");

    assertThat(one.target("/v2/a/b/manifests/x", "", "10.0.0.1:5000")).isSameAs(first);
  }

  @Test
  void rule11WhatIsLongIsNotKept() throws RegistryException {
    String longText = "x".repeat(600);
    String path = "/v2/a/tags/list";

    Routing.Target byQuery = targets.target(path, "last=" + longText, "cache");
    assertThat(targets.target(path, "last=" + longText, "cache")).isNotSameAs(byQuery);
    Routing.Target byHost = targets.target(path, "", longText);
    assertThat(targets.target(path, "", longText)).isNotSameAs(byHost);
  }

  @Test
  void whatIsInvalidIsRefusedEachTime() {
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> targets.target("/v2/UPPER/manifests/x", "", "cache"));
    }
  }

  /** "Aa" and "BB" have the same hash code, and so have all sequences of them. */
  @Test
  void pathsWithTheSameHashCodeAreNotMistaken() throws RegistryException {
    List<String> tags = List.of("AaAa", "AaBB", "BBAa", "BBBB");
    Random random = new Random(5);
    for (int i = 0; i < 1_000; i++) {
      String tag = tags.get(random.nextInt(tags.size()));
      String path = "/v2/a/b/manifests/" + tag;

      ManifestRoute route = (ManifestRoute) targets.target(path, "", "cache").route();

      assertThat(route.reference()).hasToString(tag);
    }
  }
}
