package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Route;
import dev.cistern.api.Route.ManifestRoute;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingTest {

  private static final Routing ROUTING =
      new Routing(
          Map.of(
              "docker.io", "",
              "index.docker.io", "",
              "ghcr.io", "ghcr.io",
              "registry.example:5000", "registry.example_5000",
              "registry.example_5000", "registry.example_5000"),
          name -> name.endsWith(".wild.example"),
          Map.of("ghcr.cache.example", "ghcr.io"),
          Set.of(""));

  private static String name(Route route) {
    return ((ManifestRoute) route).name().value();
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/team/app/manifests/x, '', cache.example:5000, team/app",
    "/v2/alpine/manifests/x, '', cache.example, library/alpine",
    "/v2/docker.io/alpine/manifests/x, '', cache.example, library/alpine",
    "/v2/ghcr.io/team/app/manifests/x, '', cache.example, ghcr.io/team/app",
    "/v2/GHCR.io/team/app/manifests/x, '', cache.example, ghcr.io/team/app",
    "/ghcr.io/v2/team/app/manifests/x, '', cache.example, ghcr.io/team/app",
    "/v2/registry.example:5000/app/manifests/x, '', cache.example, registry.example_5000/app",
    "/v2/team/app/manifests/x, ns=ghcr.io, cache.example, ghcr.io/team/app",
    "/v2/team/app/manifests/x, ns=docker.io, cache.example, team/app",
    "/v2/app/manifests/x, ns=registry.example%3A5000, cache, registry.example_5000/app",
    "/v2/team/app/manifests/x, '', ghcr.cache.example:5000, ghcr.io/team/app",
    "/v2/team/app/manifests/x, '', GHCR.cache.example., ghcr.io/team/app",
    "/v2/team/app/manifests/x, '', ghcr.cache.example.:5000, ghcr.io/team/app",
    "/v2/team/app/manifests/x, ns=docker.io, ghcr.cache.example, team/app",
    "/v2/ghcr.io/team/app/manifests/x, ns=docker.io, cache.example, ghcr.io/team/app",
    "/v2/other.example/team/app/manifests/x, '', cache.example, other.example/team/app",
    "/v2/a.wild.example/app/manifests/x, '', cache.example, a.wild.example/app",
    "/v2/app/manifests/x, ns=a.wild.example, cache.example, a.wild.example/app",
    "/v2/ghcr.io/manifests/x, '', cache.example, library/ghcr.io"
  })
  void aRequestIsForTheUpstreamThatItNames(String path, String query, String host, String name)
      throws RegistryException {
    assertThat(name(ROUTING.target(path, query, host).route())).isEqualTo(name);
  }

  @Test
  void anUnknownNamespaceIsNoRepository() {
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> ROUTING.target("/v2/a/b/manifests/x", "ns=quay.io", "cache"))
        .withMessageContaining("quay.io")
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NAME_UNKNOWN));
  }

  @Test
  void theNamespaceIsReturned() throws RegistryException {
    assertThat(ROUTING.target("/v2/a/b/manifests/x", "ns=ghcr.io", "cache").namespace())
        .hasValue("ghcr.io");
    assertThat(ROUTING.target("/v2/ghcr.io/a/b/manifests/x", "", "cache").namespace()).isEmpty();
  }

  @Test
  void theClientSeesTheNameThatItUsed() throws RegistryException {
    assertThat(ROUTING.target("/v2/a/b/manifests/x", "ns=ghcr.io", "cache").name())
        .isEqualTo("a/b");
    assertThat(ROUTING.target("/v2/ghcr.io/a/b/manifests/x", "", "cache").name())
        .isEqualTo("ghcr.io/a/b");
    assertThat(ROUTING.target("/ghcr.io/v2/a/b/manifests/x", "", "cache").name()).isEqualTo("a/b");
  }
}
