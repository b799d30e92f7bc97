package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cistern.api.Route.Base;
import dev.cistern.api.Route.BlobRoute;
import dev.cistern.api.Route.CatalogRoute;
import dev.cistern.api.Route.ManifestRoute;
import dev.cistern.api.Route.ReferrersRoute;
import dev.cistern.api.Route.TagsRoute;
import dev.cistern.api.Route.UploadRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution specification 1.1, "Endpoints", and arbitrary other paths. */
class RouteTest {

  private static final String HEX =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final String DIGEST = "sha256:" + HEX;
  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");

  private static Route parse(String path) throws RegistryException {
    return Route.parse(path, "");
  }

  private static ErrorCode codeOf(String path) {
    return codeOf(path, "");
  }

  private static ErrorCode codeOf(String path, String query) {
    return catchThrowableOfType(RegistryException.class, () -> Route.parse(path, query)).code();
  }

  /** The endpoints that a registry MUST support ("Pull", end-1 to end-3). */
  @Nested
  class Must {

    @ParameterizedTest
    @ValueSource(strings = {"/v2/", "/v2"})
    void determineSupportAtTheBase(String path) throws Exception {
      assertThat(parse(path)).isEqualTo(new Base());
    }

    @Test
    void pullManifestsByTag() throws Exception {
      assertThat(parse("/v2/library/alpine/manifests/3.19"))
          .isEqualTo(new ManifestRoute(ALPINE, new Tag("3.19")));
    }

    @Test
    void pullManifestsByDigest() throws Exception {
      assertThat(parse("/v2/library/alpine/manifests/" + DIGEST))
          .isEqualTo(new ManifestRoute(ALPINE, Digest.parse(DIGEST)));
    }

    @Test
    void pullBlobsByDigest() throws Exception {
      assertThat(parse("/v2/library/alpine/blobs/" + DIGEST))
          .isEqualTo(new BlobRoute(ALPINE, Digest.parse(DIGEST)));
      assertThat(parse("/v2/a/blobs/sha512:" + HEX + HEX)).isInstanceOf(BlobRoute.class);
    }

    @Test
    void answer404ForAManifestThatCannotExist() {
      // The specification's conformance suite requests exactly this path.
      assertThat(codeOf("/v2/library/alpine/manifests/.INVALID_MANIFEST_NAME"))
          .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
      assertThat(codeOf("/v2/library/alpine/manifests/" + "a".repeat(129)))
          .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
      assertThat(codeOf("/v2/library/alpine/manifests/")).isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2/library/alpine/blobs/sha256:totallywrong",
          "/v2/a/blobs/latest",
          "/v2/a/blobs/",
          "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e",
          "/v2/a/manifests/sha256:abc",
          "/v2/a/manifests/sha384:abc",
          "/v2/a/manifests/:"
        })
    void refuseWhatIsNoDigest(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.DIGEST_INVALID);
    }
  }

  /** Endpoints that a registry SHOULD support ("Content Discovery", end-8a and 8b; pushes). */
  @Nested
  class Should {

    @Test
    void listTags() throws Exception {
      assertThat(parse("/v2/library/alpine/tags/list"))
          .isEqualTo(new TagsRoute(ALPINE, Page.FIRST));
    }

    @Test
    void listTagsByPage() throws Exception {
      assertThat(Route.parse("/v2/library/alpine/tags/list", "n=10&last=3.19"))
          .isEqualTo(new TagsRoute(ALPINE, new Page(OptionalInt.of(10), Optional.of("3.19"))));
      assertThat(codeOf("/v2/a/tags/list", "n=-1")).isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
    }

    @Test
    void listTheCatalog() throws Exception {
      assertThat(Route.parse("/v2/_catalog", "n=5"))
          .isEqualTo(new CatalogRoute(new Page(OptionalInt.of(5), Optional.empty())));
      assertThat(codeOf("/v2/_catalog/")).isEqualTo(ErrorCode.NAME_UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/b1f2-77", "/manifests", "/" + DIGEST})
    void knowPushesForWhatTheyAre(String rest) throws Exception {
      assertThat(parse("/v2/library/alpine/blobs/uploads" + rest))
          .isEqualTo(new UploadRoute(ALPINE));
    }

    @Test
    void includeReferrers() throws Exception {
      assertThat(parse("/v2/library/alpine/referrers/" + DIGEST))
          .isEqualTo(
              new ReferrersRoute(ALPINE, Digest.parse(DIGEST), Optional.empty(), Page.FIRST));
      assertThat(codeOf("/v2/library/alpine/referrers/latest")).isEqualTo(ErrorCode.DIGEST_INVALID);
      assertThat(codeOf("/v2/referrers/" + DIGEST)).isEqualTo(ErrorCode.NAME_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
      "artifactType=application/vnd.example%2Bjson, application/vnd.example+json",
      "artifactType=application%2Fvnd.example+json, application/vnd.example+json",
      "ns=docker.io&artifactType=a/b&n=3, a/b",
      "artifactType=a/b&artifactType=c/d, a/b",
      "n=3, ",
      "'', ",
      "artifactType=, ",
      "artifactType, ",
      "artifacttype=a/b, ",
      "artifactType=%, ",
      "artifactType=%zz, ",
      "artifactType=a%00b, ",
      "artifactType=a%0d%0ab, ",
      "artifactType=%c3%28, ",
    })
    void selectReferrersOfATypeThatCanBeRead(String query, @Nullable String type) throws Exception {
      Route route = Route.parse("/v2/library/alpine/referrers/" + DIGEST, query);

      assertThat(((ReferrersRoute) route).artifactType()).isEqualTo(Optional.ofNullable(type));
    }

    @Test
    void keepTheTypeInTheLinkToTheNextPage() throws Exception {
      ReferrersRoute route =
          (ReferrersRoute)
              Route.parse(
                  "/v2/library/alpine/referrers/" + DIGEST,
                  "ns=docker.io&n=3&artifactType=a%2Fb&token=x");

      assertThat(route.page().query()).isEqualTo("n=3&artifactType=a%2Fb&token=x");
    }
  }

  @Nested
  class ANameMay {

    @ParameterizedTest
    @CsvSource({
      "/v2/manifests/manifests/latest, manifests",
      "/v2/manifests/manifests/manifests, manifests",
      "/v2/tags/list/manifests/latest, tags/list",
      "/v2/a/tags/manifests/list, a/tags",
      "/v2/blobs/uploads/manifests/latest, blobs/uploads",
      "/v2/a/blobs/uploads/manifests/tags, a/blobs/uploads",
      "/v2/v2/manifests/latest, v2",
      "/v2/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/manifests/latest, a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"
    })
    void holdTheProtocolsOwnWordsBeforeAManifest(String path, String name) throws Exception {
      assertThat(((ManifestRoute) parse(path)).name()).hasToString(name);
    }

    @Test
    void holdTheProtocolsOwnWordsBeforeOthers() throws Exception {
      assertThat(parse("/v2/a/manifests/tags/list"))
          .isEqualTo(new TagsRoute(new RepositoryName("a/manifests"), Page.FIRST));
      assertThat(parse("/v2/tags/tags/list"))
          .isEqualTo(new TagsRoute(new RepositoryName("tags"), Page.FIRST));
      assertThat(parse("/v2/uploads/blobs/" + DIGEST))
          .isEqualTo(new BlobRoute(new RepositoryName("uploads"), Digest.parse(DIGEST)));
      assertThat(parse("/v2/a/manifests/blobs/uploads"))
          .isEqualTo(new UploadRoute(new RepositoryName("a/manifests")));
      assertThat(parse("/v2/a/manifests/uploads"))
          .isEqualTo(new ManifestRoute(new RepositoryName("a"), new Tag("uploads")));
      assertThat(parse("/v2/referrers/" + "referrers/blobs/" + DIGEST))
          .isInstanceOf(BlobRoute.class);
    }

    @Test
    void notBeTheCatalog() {
      assertThat(codeOf("/v2/_catalog/manifests/latest")).isEqualTo(ErrorCode.NAME_INVALID);
      assertThat(codeOf("/v2/_catalog/tags/list")).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @Test
    void haveAnyWordsAsComponentsWhateverIsAskedOfIt() throws Exception {
      List<String> words =
          List.of(
              "manifests", "blobs", "tags", "referrers", "uploads", "list", "v2", "catalog", "a");
      Random random = new Random(3);
      for (int i = 0; i < 50_000; i++) {
        List<String> components = new ArrayList<>();
        for (int left = 1 + random.nextInt(6); left > 0; left--) {
          components.add(words.get(random.nextInt(words.size())));
        }
        RepositoryName name = new RepositoryName(String.join("/", components));
        String tag = words.get(random.nextInt(words.size()));
        assertThat(parse("/v2/" + name + "/tags/list")).isEqualTo(new TagsRoute(name, Page.FIRST));
        assertThat(parse("/v2/" + name + "/blobs/" + DIGEST))
            .isEqualTo(new BlobRoute(name, Digest.parse(DIGEST)));
        assertThat(parse("/v2/" + name + "/blobs/uploads/")).isEqualTo(new UploadRoute(name));
        assertThat(parse("/v2/" + name + "/manifests/" + DIGEST))
            .isEqualTo(new ManifestRoute(name, Digest.parse(DIGEST)));
        assertThat(parse("/v2/" + name + "/manifests/" + tag))
            .isEqualTo(new ManifestRoute(name, new Tag(tag)));
      }
    }
  }

  @Nested
  class APathThatIsNoEndpoint {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "/",
          "v2/",
          "/v1/",
          "/v2x",
          "/V2/",
          "//v2/",
          "/v2//",
          "/v2/a",
          "/v2/a/",
          "/v2/a/b/c",
          "/v2/manifests/latest",
          "/v2/tags/list",
          "/v2/blobs/" + DIGEST,
          "/v2/manifests",
          "/v2/blobs/uploads/",
          "/v2/a/tags",
          "/v2/a/tags/",
          "/v2/a/tags/other",
          "/v2/a/tags/list/",
          "/v2/a/manifests",
          "/v2/a/manifests/latest/",
          "/v2/a/Manifests/latest",
          "/v2/a/blobs/uploads/x/y",
          "/v2/../etc/passwd",
          "/metrics",
          "/v2/a/_oci/ext/discover",
          "/v2/\u0000",
          "/v2/a\u0000"
        })
    void isUnknown(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.NAME_UNKNOWN);
    }
  }

  @Nested
  class ABadName {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2//manifests/latest",
          "/v2/A/manifests/latest",
          "/v2/a//b/tags/list",
          "/v2/../manifests/latest",
          "/v2/a/../../etc/blobs/" + DIGEST,
          "/v2/./a/tags/list",
          "/v2/_uploads/manifests/x",
          "/v2/ä/manifests/x",
          "/v2/a\u0000/manifests/x",
          "/v2/a /manifests/x",
          "/v2/a;b/manifests/x",
          "/v2/-/blobs/uploads/",
          "/v2/\ud83d\ude00/manifests/x"
        })
    void isInvalid(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @Test
    void mayBeTooLong() throws Exception {
      assertThat(parse("/v2/" + "a".repeat(255) + "/manifests/x"))
          .isInstanceOf(ManifestRoute.class);
      assertThat(codeOf("/v2/" + "a".repeat(256) + "/manifests/x"))
          .isEqualTo(ErrorCode.NAME_INVALID);
      assertThat(codeOf("/v2/" + "a/".repeat(1_000_000) + "manifests/x"))
          .isEqualTo(ErrorCode.NAME_INVALID);
    }
  }

  @Nested
  class PercentEncoding {

    @Test
    void isDecoded() throws Exception {
      assertThat(parse("/v2/library/alpine/blobs/sha256%3A" + HEX)).isInstanceOf(BlobRoute.class);
      assertThat(parse("/v2/library/alpine/blobs/sha256%3a" + HEX)).isInstanceOf(BlobRoute.class);
      assertThat(parse("/%762/%6cibrary/alpine/%6Danifests/3%2e19"))
          .isEqualTo(new ManifestRoute(ALPINE, new Tag("3.19")));
    }

    @Test
    void ofTheLongestValidPathIsDecoded() throws Exception {
      String path = "/v2/" + "a".repeat(255) + "/manifests/sha512:" + HEX + HEX;
      String encoded =
          path.chars()
              .mapToObj(c -> c == '/' ? "/" : String.format("%%%02x", c))
              .collect(Collectors.joining());
      assertThat(parse(encoded)).isEqualTo(parse(path));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2/library%2falpine/manifests/latest",
          "/v2/library%2Falpine/manifests/latest",
          "/v2%2F",
          "/v2/a/manifests%2flatest",
          "/v2/a%00/manifests/x",
          "/v2/a/manifests/x%00",
          "/v2/%00",
          "/v2/a%0a/tags/list",
          "/v2/a%0d%0aX-Evil:1/tags/list",
          "/v2/a%7f/tags/list",
          "/v2/a%1b/tags/list"
        })
    void ofSlashesAndControlsIsRefused(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2/%",
          "/v2/a%",
          "/v2/a%2",
          "/v2/a%zz/tags/list",
          "/v2/a%-1/tags/list",
          "/v2/a%+1/tags/list",
          "/v2/a%u0041/tags/list",
          "/v2/a%\uff11\uff11/tags/list",
          "/v2/%%%%"
        })
    void thatIsBrokenIsRefused(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2/a%252fb/manifests/x", "/v2/%2e%2e/manifests/x", "/v2/a%5cb/tags/list",
              "/v2/%c3%a4/tags/list",
          "/v2/%c0%af/tags/list", "/v2/%ff/tags/list", "/v2/a%20b/tags/list", "/v2/%41/tags/list"
        })
    void isDecodedOnceAndThenJudged(String path) {
      assertThat(codeOf(path)).isEqualTo(ErrorCode.NAME_INVALID);
    }
  }

  @Test
  void aQueryMattersOnlyWhereThereArePages() throws Exception {
    assertThat(Route.parse("/v2/", "n=x&ns=docker.io")).isEqualTo(new Base());
    assertThat(Route.parse("/v2/library/alpine/manifests/latest", "ns=docker.io&n=%"))
        .isEqualTo(new ManifestRoute(ALPINE, new Tag("latest")));
  }

  @Test
  void noPathCausesAnythingButARouteOrA400OrA404() {
    String[] pieces = {
      "/",
      "/v2",
      "v2",
      "manifests",
      "blobs",
      "uploads",
      "tags",
      "list",
      "_catalog",
      "referrers",
      "%",
      "%2f",
      "%00",
      "%41",
      "..",
      ".",
      DIGEST,
      "sha256:",
      ":",
      "\u0000",
      "\ud800",
      "é",
      "a",
      "A",
      "-",
      "__",
      "?",
      "#",
      " ",
      "//"
    };
    Random random = new Random(4);
    for (int i = 0; i < 200_000; i++) {
      StringBuilder path = new StringBuilder(random.nextInt(10) == 0 ? "" : "/v2/");
      for (int left = random.nextInt(9); left > 0; left--) {
        path.append(pieces[random.nextInt(pieces.length)]).append(random.nextBoolean() ? "/" : "");
      }
      try {
        assertThat(parse(path.toString())).isNotNull();
      } catch (RegistryException e) {
        assertThat(e.code().status()).as("%s", path).isIn(400, 404);
        assertThat(e.getMessage()).matches("[ -~]{1,400}");
      }
    }
  }
}
