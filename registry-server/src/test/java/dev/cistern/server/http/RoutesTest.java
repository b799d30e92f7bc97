package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Route;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every route of the protocol is answered by something that was written for it. */
class RoutesTest extends ServerTest {

  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  /** A request for each route. */
  private static final Map<Class<?>, String> PATHS =
      Map.of(
          Route.Base.class, "/v2/",
          Route.ManifestRoute.class, "/v2/a/manifests/b",
          Route.BlobRoute.class, "/v2/a/blobs/" + DIGEST,
          Route.TagsRoute.class, "/v2/a/tags/list",
          Route.ReferrersRoute.class, "/v2/a/referrers/" + DIGEST,
          Route.CatalogRoute.class, "/v2/_catalog",
          Route.UploadRoute.class, "/v2/a/blobs/uploads/");

  @Test
  void everyRouteIsAnswered() throws Exception {
    assertThat(PATHS.keySet()).isEqualTo(Set.of(Route.class.getPermittedSubclasses()));
    for (Map.Entry<Class<?>, String> route : PATHS.entrySet()) {
      assertThat(Route.parse(route.getValue(), "")).isInstanceOf(route.getKey());

      assertThat(server.get(route.getValue()).statusCode()).as("%s", route).isNotEqualTo(500);
    }
  }

  @Test
  void onlyTheBaseIsAnEmptyObject() {
    assertThat(
            PATHS.entrySet().stream()
                .filter(route -> text(server.get(route.getValue())).equals("{}"))
                .map(Map.Entry::getKey))
        .containsExactly(Route.Base.class);
  }
}
