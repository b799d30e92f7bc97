package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.Upstream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listing referrers (distribution specification, end-12a), and the tag that stands in for it. */
class ReferrersTest {

  private static final Digest SUBJECT = Digest.sha256(new byte[] {1});
  private static final String LIST = "/v2/library/alpine/referrers/" + SUBJECT;
  private static final String TAG = "/v2/library/alpine/manifests/sha256-" + SUBJECT.hex();
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";

  private final Map<String, MockResponse> answers = new ConcurrentHashMap<>();
  private final FakeServer registry = FakeServer.start(this::answer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).metadataLimit(100_000).build());

  private MockResponse answer(RecordedRequest request) {
    return answers.getOrDefault(request.getTarget(), Samples.status(404, "404 page not found"));
  }

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
  }

  private static String descriptor(int size) {
    return "{\"mediaType\":\"a/b\",\"digest\":\"sha256:"
        + "0".repeat(64)
        + "\",\"size\":"
        + size
        + "}";
  }

  private static MockResponse index(String... descriptors) {
    return new MockResponse.Builder()
        .setHeader("Content-Type", INDEX)
        .body("{\"manifests\":[" + String.join(",", descriptors) + "]}")
        .build();
  }

  private static MockResponse linked(String link, String... descriptors) {
    return index(descriptors)
        .newBuilder()
        .setHeader("Link", "<" + link + ">; rel=\"next\"")
        .build();
  }

  private static MockResponse error(int status, String code) {
    return Samples.status(status, "{\"errors\":[{\"code\":\"" + code + "\"}]}");
  }

  private static void assertList(ReferrerList list, String... descriptors) {
    assertThat(StandardCharsets.UTF_8.decode(list.body()).toString())
        .endsWith("\"manifests\":[" + String.join(",", descriptors) + "]}");
  }

  private List<String> requested() {
    return registry.requests().stream()
        .map(RecordedRequest::getTarget)
        .collect(Collectors.toList());
  }

  @Test
  void areListedAsTheUpstreamHasThem() throws RegistryException {
    answers.put(LIST, index(descriptor(1), descriptor(2)));

    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1), descriptor(2));
    assertThat(requested()).containsExactly(LIST);
  }

  @Test
  void allPagesAreFetchedByWhateverQueryTheLinkHas() throws RegistryException {
    answers.put(LIST, linked("?n=1&token=a%2Bb", descriptor(1)));
    answers.put(LIST + "?n=1&token=a%2Bb", linked(LIST + "?last=2", descriptor(2)));
    answers.put(LIST + "?last=2", index(descriptor(3)));

    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1), descriptor(2), descriptor(3));
  }

  @Test
  void aLinkToAnotherHostIsAnError() {
    answers.put(LIST, linked("https://evil.example/steal?last=2", descriptor(1)));

    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)))
        .hasMessageContaining("leads to another host")
        .extracting(RegistryException::code)
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void pagesThatHaveNoEndFail() {
    answers.put(LIST, linked("?last=1", descriptor(1)));
    answers.put(LIST + "?last=1", linked(LIST, descriptor(2)));

    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void allPagesTogetherAreLimited() {
    String large = descriptor(1).replace("}", ",\"data\":\"" + "x".repeat(40_000) + "\"}");
    answers.put(LIST, linked("?last=1", large));
    answers.put(LIST + "?last=1", linked("?last=2", large));
    answers.put(LIST + "?last=2", index(large));

    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)))
        .hasMessageContaining("larger than the limit");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 405, 406, 410, 415, 501})
  void withoutTheApiTheTagStandsIn(int status) throws RegistryException {
    answers.put(LIST, Samples.status(status, ""));
    answers.put(TAG, index(descriptor(1)));

    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1));
  }

  @Test
  void aWebPageForUnknownPathsIsNotTheApi() throws RegistryException {
    answers.put(
        LIST,
        new MockResponse.Builder()
            .setHeader("Content-Type", "text/html; charset=utf-8")
            .body("<html>")
            .build());
    answers.put(TAG, index(descriptor(1)));

    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1));
  }

  @Test
  void withoutTheTagThereAreNone() throws RegistryException {
    assertList(upstream.referrers(ALPINE, SUBJECT));
    assertThat(requested()).containsExactly(LIST, TAG);
  }

  @Test
  void thatTheApiIsLackingIsRememberedForTheRepository() throws RegistryException {
    assertList(upstream.referrers(ALPINE, SUBJECT));
    answers.put(TAG, index(descriptor(1)));
    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1));
    assertThat(requested()).containsExactly(LIST, TAG, TAG);

    String other = LIST.replace("alpine", "debian");
    answers.put(other, index(descriptor(2)));
    assertList(upstream.referrers(new RepositoryName("library/debian"), SUBJECT), descriptor(2));
  }

  @Test
  void thatTheRepositoryIsUnknownIsNotTakenForALackingApi() throws RegistryException {
    answers.put(LIST, error(404, "NAME_UNKNOWN"));
    answers.put(TAG, error(404, "MANIFEST_UNKNOWN"));
    assertList(upstream.referrers(ALPINE, SUBJECT));

    answers.put(LIST, index(descriptor(1)));
    assertList(upstream.referrers(ALPINE, SUBJECT), descriptor(1));
  }

  @Test
  void anUnknownRepositoryIsTheOnly404() {
    answers.put(LIST, error(404, "NAME_UNKNOWN"));
    answers.put(TAG, error(404, "NAME_UNKNOWN"));

    RegistryException failure = failure(() -> upstream.referrers(ALPINE, SUBJECT));

    assertThat(failure.code()).isEqualTo(ErrorCode.NAME_UNKNOWN);
    assertThat(failure).hasMessageContaining("referrers of " + SUBJECT);
  }

  @ParameterizedTest
  @CsvSource({
    "401, DENIED",
    "403, DENIED",
    "429, TOOMANYREQUESTS",
    "500, BAD_GATEWAY",
    "503, BAD_GATEWAY"
  })
  void aFailureIsNotAnEmptyList(int status, ErrorCode code) {
    answers.put(LIST, Samples.status(status, ""));
    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code()).isEqualTo(code);

    answers.remove(LIST);
    answers.put(TAG, Samples.status(status, ""));
    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code()).isEqualTo(code);
  }

  @Test
  void a404OfALaterPageIsAFailure() {
    answers.put(LIST, linked("?last=1", descriptor(1)));

    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "<html>", "{\"manifests\":[{}]}", "[]"})
  void whatIsNoListIsAFailure(String body) {
    answers.put(LIST, Samples.status(200, body));
    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);

    answers.remove(LIST);
    answers.put(
        TAG, new MockResponse.Builder().setHeader("Content-Type", INDEX).body(body).build());
    assertThat(failure(() -> upstream.referrers(ALPINE, SUBJECT)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }
}
