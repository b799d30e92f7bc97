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

  @Test
  void theNextPageIsRequestedFromThisUpstreamWhateverTheLinkSays() throws RegistryException {
    answer = linked("[\"c\"]", "<https://evil.example/steal?n=5&last=c%2Bd>; rel=next");

    assertThat(upstream.tags(ALPINE, Page.FIRST).next()).contains(page(5, "c+d"));
  }

  @Test
  void aTokenInTheLinkIsCarriedAsItIs() throws RegistryException {
    answer =
        linked("[\"c\"]", "</v2/library/alpine/tags/list?n=1&next_page=gA%3D%3D>; rel=\"next\"");
    Page next = upstream.tags(ALPINE, new Page(OptionalInt.of(1), Optional.empty())).next().get();
    assertThat(next).isEqualTo(new Page(OptionalInt.of(1), Optional.empty(), "next_page=gA%3D%3D"));

    answer = Samples.status(200, "{\"tags\":[\"d\"]}");
    assertThat(upstream.tags(ALPINE, next).next()).isEmpty();
    assertThat(registry.requests().get(1).getTarget())
        .isEqualTo("/v2/library/alpine/tags/list?n=1&next_page=gA%3D%3D");
  }

  @Test
  void theNextPageStartsAfterTheLastTagWhenTheLinkHasNoPlace() throws RegistryException {
    answer = linked("[\"c\",\"d\"]", "</v2/library/alpine/tags/list?n=2>; rel=\"next\"");
    assertThat(upstream.tags(ALPINE, Page.FIRST).next()).contains(page(2, "d"));

    answer = linked("[]", "</v2/library/alpine/tags/list>; rel=\"next\"");
    assertThat(upstream.tags(ALPINE, Page.FIRST).next()).isEmpty();
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
  void anEmptyPageThatLeadsToATokenOfItsOwnIsAnError() {
    answer = linked("[]", "</v2/library/alpine/tags/list?next_page=x>; rel=\"next\"");

    assertThat(
            failure(
                () ->
                    upstream.tags(
                        ALPINE, new Page(OptionalInt.empty(), Optional.empty(), "next_page=x"))))
        .hasMessageContaining("leads to the same page");
  }

  private MockResponse refusedAbove(int most, String target) {
    int n = Integer.parseInt(target.replaceFirst(".*[?&]n=([0-9]+).*", "$1"));
    return n > most
        ? Samples.status(
            400, "{\"errors\":[{\"code\":\"UNSUPPORTED\",\"message\":\"n is too large\"}]}")
        : Samples.status(200, "{\"tags\":[\"a\"]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 250, 1000})
  void aSmallerPageIsRequestedWhenTheUpstreamRefusesALargeOne(int most) throws RegistryException {
    try (FakeServer strict =
            FakeServer.start(request -> refusedAbove(most, String.valueOf(request.getTarget())));
        Upstream other = Upstreams.connect(UpstreamConfig.builder(strict.url()).build())) {
      assertThat(other.tags(ALPINE, page(10_000, "x")).tags()).containsExactly("a");
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
