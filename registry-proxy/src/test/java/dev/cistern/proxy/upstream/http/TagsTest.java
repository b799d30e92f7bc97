package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Upstream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import mockwebserver3.MockResponse;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listing tags (distribution specification, end-8a and end-8b). */
class TagsTest {

  private MockResponse answer = Samples.status(200, "{\"name\":\"library/alpine\",\"tags\":[]}");
  private final FakeServer registry = FakeServer.start(request -> answer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).metadataLimit(100_000).build());

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
  }

  private static Page page(int n, String last) {
    return new Page(OptionalInt.of(n), Optional.of(last));
  }

  private static MockResponse linked(String tags, String link) {
    return new MockResponse.Builder()
        .setHeader("Link", link)
        .body("{\"name\":\"library/alpine\",\"tags\":" + tags + "}")
        .build();
  }

  @Test
  void areListedAsTheUpstreamHasThem() throws RegistryException {
    answer = Samples.status(200, "{\"name\":\"library/alpine\",\"tags\":[\"b\",\"a\"]}");

    assertThat(upstream.tags(ALPINE, Page.FIRST))
        .isEqualTo(new TagList(List.of("b", "a"), Optional.empty()));
    assertThat(registry.requests().get(0).getTarget()).isEqualTo("/v2/library/alpine/tags/list");
  }

  @Test
  void pageParametersArePassedOn() throws RegistryException {
    answer = linked("[\"c\",\"d\"]", "</v2/library/alpine/tags/list?n=2&last=d>; rel=\"next\"");

    assertThat(upstream.tags(ALPINE, page(2, "b")).next()).contains(page(2, "d"));
    assertThat(registry.requests().get(0).getTarget())
        .isEqualTo("/v2/library/alpine/tags/list?n=2&last=b");
  }

  private Page next(String link) throws RegistryException {
    answer = linked("[\"c\"]", link);
    return upstream.tags(ALPINE, Page.FIRST).next().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n=1&next_page=gA%3D%3D",
        "opaque",
        "last=c&n=1",
        "n=1&last=%63",
        "t=a,b;c&last=x+y%20z",
        "last=",
        "%6Eext=1"
      })
  void theQueryOfTheNextPageIsCarriedAsItIs(String query) throws RegistryException {
    Page next = next("</v2/library/alpine/tags/list?" + query + ">; rel=\"next\"");
    answer = Samples.status(200, "{\"tags\":[\"zz\"]}");
    upstream.tags(ALPINE, Page.parse(next.query()));

    assertThat(registry.requests().get(1).getTarget())
        .isEqualTo("/v2/library/alpine/tags/list?" + (query.equals("last=") ? "last=c" : query));
  }

  @Test
  void theNextPageIsRequestedFromThisUpstreamWhateverSchemeAndPortTheLinkHas()
      throws RegistryException {
    String host = HttpUrl.get(registry.url()).host();

    assertThat(next("<http://" + host + ":9/v2/library/alpine/tags/list?last=d>; rel=next"))
        .isEqualTo(new Page(OptionalInt.empty(), Optional.of("d")));
    assertThat(next("<https://" + host + "/a/v2/library/alpine/tags/list?last=d>; rel=next"))
        .isEqualTo(new Page(OptionalInt.empty(), Optional.of("d")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<https://evil.example/v2/library/alpine/tags/list?last=c>; rel=next",
        "</v2/library/other/tags/list?last=c>; rel=next",
        "</v2/library/alpine/referrers?last=c>; rel=next",
        "</steal?n=5&last=c>; rel=next",
        "<ftp://x/v2/library/alpine/tags/list?last=c>; rel=next",
        "</v2/library/alpine/tags/list?last=c",
        "</v2/library/alpine/tags/list?last=c>; rel=\"next",
        "/v2/library/alpine/tags/list?last=c; rel=next",
        "<?last=%zz>; rel=next",
        "<?n=many>; rel=next",
        "<other>; rel=prev, what is this"
      })
  void aNextLinkThatCannotBeFollowedIsAnErrorAndNoEnd(String link) {
    answer = linked("[\"c\"]", link);

    RegistryException failure = failure(() -> upstream.tags(ALPINE, Page.FIRST));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure.getMessage()).containsIgnoringCase("link");
  }

  @Test
  void aNextLinkThatIsTooLongIsAnErrorAndNoEnd() {
    answer = linked("[\"c\"]", "<?t=" + "x".repeat(9_000) + ">; rel=next");

    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aRegistryThatIgnoresWhereThePageBeginsIsPagedHere() throws RegistryException {
    answer = Samples.status(200, "{\"tags\":[\"a\",\"c\",\"b\",\"e\",\"d\"]}");

    assertThat(upstream.tags(ALPINE, page(2, "b")))
        .isEqualTo(new TagList(List.of("c", "d"), Optional.of(page(2, "d"))));
    assertThat(upstream.tags(ALPINE, page(2, "d")))
        .isEqualTo(new TagList(List.of("e"), Optional.empty()));
    assertThat(upstream.tags(ALPINE, page(2, "e")))
        .isEqualTo(new TagList(List.of(), Optional.empty()));
    assertThat(upstream.tags(ALPINE, new Page(OptionalInt.empty(), Optional.of("b"))).tags())
        .containsExactlyInAnyOrder("c", "d", "e");
    assertThat(registry.requests()).hasSize(4);
  }

  @Test
  void aRegistryThatIgnoresATagThatItLacksIsPagedHere() throws RegistryException {
    answer = Samples.status(200, "{\"tags\":[\"a\",\"b\",\"d\",\"e\",\"f\"]}");

    assertThat(upstream.tags(ALPINE, page(2, "c")))
        .isEqualTo(new TagList(List.of("d", "e"), Optional.of(page(2, "e"))));
    assertThat(registry.requests().get(1).getTarget())
        .isEqualTo("/v2/library/alpine/tags/list?n=2");
  }

  @Test
  void aRegistryMayHaveAnOrderOfItsOwn() throws RegistryException {
    try (FakeServer byDate =
            FakeServer.start(
                request ->
                    Samples.status(
                        200,
                        String.valueOf(request.getTarget()).contains("last")
                            ? "{\"tags\":[\"z\",\"a\"]}"
                            : "{\"tags\":[\"y\",\"m\"]}"));
        Upstream other = Upstreams.connect(UpstreamConfig.builder(byDate.url()).build())) {
      assertThat(other.tags(ALPINE, page(2, "m")).tags()).containsExactly("z", "a");
    }
  }

  @Test
  void theNextPageStartsAfterTheLastTagWhenTheLinkHasNoPlace() throws RegistryException {
    answer = linked("[\"c\",\"d\"]", "</v2/library/alpine/tags/list?n=2>; rel=\"next\"");
    assertThat(upstream.tags(ALPINE, Page.FIRST).next()).contains(page(2, "d"));

    answer = linked("[]", "</v2/library/alpine/tags/list>; rel=\"next\"");
    assertThat(failure(() -> upstream.tags(ALPINE, page(2, "x")))).hasMessageContaining("no end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"n=2&last=d", "n=5&last=d", "last=d"})
  void aLinkToTheSamePageIsAnError(String query) {
    answer = linked("[\"e\"]", "</v2/library/alpine/tags/list?" + query + ">; rel=\"next\"");

    RegistryException failure = failure(() -> upstream.tags(ALPINE, page(2, "d")));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("leads to the same page");
  }

  @Test
  void anEmptyPageThatLeadsToATokenOfItsOwnIsAnError() throws RegistryException {
    Page page = Page.parse("next_page=x");
    answer = linked("[]", "</v2/library/alpine/tags/list?next_page=x>; rel=\"next\"");

    assertThat(failure(() -> upstream.tags(ALPINE, page)))
        .hasMessageContaining("leads to the same page");
  }

  private MockResponse refusedAbove(int most, String target) {
    int n = Integer.parseInt(target.replaceFirst(".*[?&]n=([0-9]+).*", "$1"));
    return n > most
        ? Samples.status(
            400, "{\"errors\":[{\"code\":\"UNSUPPORTED\",\"message\":\"n is too large\"}]}")
        : Samples.status(200, "{\"tags\":[\"y\"]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 250, 1000})
  void aSmallerPageIsRequestedWhenTheUpstreamRefusesALargeOne(int most) throws RegistryException {
    try (FakeServer strict =
            FakeServer.start(request -> refusedAbove(most, String.valueOf(request.getTarget())));
        Upstream other = Upstreams.connect(UpstreamConfig.builder(strict.url()).build())) {
      assertThat(other.tags(ALPINE, page(10_000, "x")).tags()).containsExactly("y");
      assertThat(strict.requests().get(1).getTarget()).endsWith("?n=1000&last=x");
    }
  }

  @Test
  void aRefusalOfThePageIsAnErrorOfTheRequest() {
    try (FakeServer strict =
            FakeServer.start(request -> refusedAbove(5, String.valueOf(request.getTarget())));
        Upstream other = Upstreams.connect(UpstreamConfig.builder(strict.url()).build())) {
      RegistryException failure = failure(() -> other.tags(ALPINE, page(50, "x")));

      assertThat(failure.code()).isEqualTo(ErrorCode.PAGINATION_NUMBER_INVALID);
      assertThat(failure).hasMessageContaining("n is too large");
      assertThat(strict.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"name\":\"x\",\"tags\":null}", "{\"name\":\"x\"}"})
  void nullIsAnEmptyList(String body) throws RegistryException {
    answer = Samples.status(200, body);

    assertThat(upstream.tags(ALPINE, Page.FIRST).tags()).isEmpty();
  }

  @Test
  void invalidTagsAreLeftOut() throws RegistryException {
    answer = Samples.status(200, "{\"tags\":[\"ok\",\"../x\",\"\",\"a\\r\\nb\",\"1.0\"]}");

    assertThat(upstream.tags(ALPINE, Page.FIRST).tags()).containsExactly("ok", "1.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "<html>", "[]", "{\"tags\":\"a\"}", "{\"tags\":[1]}", "{\"tags\":[\"a\"", "3"})
  void anInvalidListIsAnError(String body) {
    answer = Samples.status(200, body);

    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void nestingAndLengthAreBounded() {
    answer = Samples.status(200, "{\"tags\":" + "[".repeat(40_000));
    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);

    answer = Samples.status(200, "{\"tags\":[\"" + "a".repeat(100_000) + "\"]}");
    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST))).hasMessageContaining("limit");
  }

  @Test
  void ofAnAbsentRepositoryAreUnknown() {
    answer = Samples.status(404);

    assertThat(failure(() -> upstream.tags(ALPINE, Page.FIRST)).code())
        .isEqualTo(ErrorCode.NAME_UNKNOWN);
  }
}
