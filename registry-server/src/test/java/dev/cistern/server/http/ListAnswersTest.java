package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lists: distribution specification, "Listing tags" (end-8a, end-8b), and the catalog of the Docker
 * registry API.
 */
class ListAnswersTest extends ServerTest {

  private static final String TAGS = "/v2/" + REPOSITORY + "/tags/list";

  private void tagsUpstream(String json, String... headers) {
    upstream.on(
        TAGS,
        (request, reply) -> {
          String[] all = Arrays.copyOf(headers, headers.length + 1);
          all[headers.length] = "Content-Type: application/json";
          reply.whole(200, json.getBytes(StandardCharsets.UTF_8), all);
        });
  }

  private void keep(String repository, String... tags) throws IOException {
    byte[] manifest = Samples.manifest();
    for (String tag : tags) {
      upstream.manifest(repository, tag, Samples.OCI_MANIFEST, manifest);
      assertThat(server.get("/v2/" + repository + "/manifests/" + tag).statusCode()).isEqualTo(200);
    }
    // Storing is done when the server has stopped.
    restart();
  }

  private void restart() throws IOException {
    server.stop();
    server = RunningServer.start(RunningServer.config(upstream, storage(), http()));
  }

  @Nested
  class Tags {

    @Test
    void listIsTheUpstreams() {
      tagsUpstream("{\"name\":\"" + REPOSITORY + "\",\"tags\":[\"3.18\",\"3.19\",\"latest\"]}");

      HttpResponse<byte[]> answer = server.get(TAGS);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(text(answer))
          .isEqualTo("{\"name\":\"library/alpine\",\"tags\":[\"3.18\",\"3.19\",\"latest\"]}");
      assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
      assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(answer.body().length));
      assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
      assertThat(header(answer, "Link")).isEqualTo("(none)");
    }

    @Test
    void headAnswersTheHeadersOfGet() {
      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[\"1\"]}");

      HttpResponse<byte[]> answer = server.head(TAGS);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "Content-Length"))
          .isEqualTo(header(server.get(TAGS), "Content-Length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"n=2", "n=2&last=3.18", "last=3.18", "n=0"})
    void pageIsAskedOfTheUpstream(String query) {
      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[]}");

      HttpResponse<byte[]> answer = server.get(TAGS + "?" + query);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(upstream.requests()).allMatch(request -> request.target().endsWith("?" + query));
    }

    @Test
    void countOfZeroIsAnEmptyList() {
      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[]}");

      assertThat(text(server.get(TAGS + "?n=0")))
          .isEqualTo("{\"name\":\"library/alpine\",\"tags\":[]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n=-1", "n=x", "n=1.5", "n=0x10", "n=%20"})
    void countThatIsNoneIs400(String query) throws IOException {
      try (RawClient client = server.connect()) {
        RawClient.Head head = client.ask("GET", TAGS + "?" + query).head();

        assertThat(head.status()).isEqualTo(400);
        assertThat(new String(client.body(head.contentLength()), StandardCharsets.UTF_8))
            .contains("\"PAGINATION_NUMBER_INVALID\"");
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "</v2/library/alpine/tags/list?n=2&last=3.19>; rel=\"next\"",
          "<https://127.0.0.1/v2/library/alpine/tags/list?n=2&last=3.19>; rel=\"next\"",
          "<http://127.0.0.1:9/mirror/v2/library/alpine/tags/list?n=2&last=3.19>; rel=next"
        })
    void linkLeadsToThisServerWhereverTheUpstreamsLeads(String link) {
      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[\"3.18\",\"3.19\"]}", "Link: " + link);

      HttpResponse<byte[]> answer = server.get(TAGS + "?n=2");

      assertThat(header(answer, "Link"))
          .isEqualTo("</v2/library/alpine/tags/list?n=2&last=3.19>; rel=\"next\"");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "<http://elsewhere.example/v2/library/alpine/tags/list?last=3.19>; rel=\"next\"",
          "</other/path?n=2&last=3.19>; rel=next",
          "</v2/library/alpine/tags/list?last=3.19; rel=next"
        })
    void linkThatCannotBeFollowedIs502AndNoEndOfTheList(String link) {
      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[\"3.18\",\"3.19\"]}", "Link: " + link);

      HttpResponse<byte[]> answer = server.get(TAGS + "?n=2");

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(text(answer)).containsIgnoringCase("link");
    }

    @Test
    void tokenOfTheUpstreamComesBackToItWithTheNextPage() {
      tagsUpstream(
          "{\"name\":\"library/alpine\",\"tags\":[\"a\"]}",
          "Link: </v2/library/alpine/tags/list?n=1&next_page=gA%3D%3D>; rel=\"next\"");
      String link = header(server.get(TAGS + "?n=1"), "Link");
      assertThat(link).isEqualTo("<" + TAGS + "?n=1&next_page=gA%3D%3D>; rel=\"next\"");

      tagsUpstream("{\"name\":\"library/alpine\",\"tags\":[\"b\"]}");
      HttpResponse<byte[]> second = server.get(link.substring(1, link.indexOf('>')));

      assertThat(text(second)).contains("[\"b\"]");
      assertThat(header(second, "Link")).isEqualTo("(none)");
      assertThat(upstream.requests())
          .anyMatch(request -> request.target().endsWith("?n=1&next_page=gA%3D%3D"));
    }

    @Test
    void cachedTagsAreListedWhileTheUpstreamIsDown() throws IOException {
      keep(REPOSITORY, "b", "a", "c");
      upstream.goDown();

      assertThat(text(server.get(TAGS)))
          .isEqualTo("{\"name\":\"library/alpine\",\"tags\":[\"a\",\"b\",\"c\"]}");
      HttpResponse<byte[]> first = server.get(TAGS + "?n=2");
      assertThat(header(first, "Warning"))
          .startsWith("299 - \"cistern: stale: Cannot get tags of ");
      assertThat(header(first, "Age")).isEqualTo("0");
      assertThat(header(first, "Cache-Status")).startsWith("cistern; fwd=stale; detail=\"");
      assertThat(text(first)).isEqualTo("{\"name\":\"library/alpine\",\"tags\":[\"a\",\"b\"]}");
      assertThat(header(first, "Link"))
          .isEqualTo("</v2/library/alpine/tags/list?n=2&last=b>; rel=\"next\"");
      HttpResponse<byte[]> second = server.get(TAGS + "?n=2&last=b");
      assertThat(text(second)).isEqualTo("{\"name\":\"library/alpine\",\"tags\":[\"c\"]}");
      assertThat(header(second, "Link")).isEqualTo("(none)");
      assertThat(text(server.get(TAGS + "?n=0")))
          .isEqualTo("{\"name\":\"library/alpine\",\"tags\":[]}");
    }

    @Test
    void unknownRepositoryIs404() {
      assertError(server.get("/v2/no/such/tags/list"), 404, "NAME_UNKNOWN");
    }

    @Test
    void repositoryOfWhichNothingIsCachedIsNoEmptyListWhileTheUpstreamIsDown() throws IOException {
      upstream.goDown();

      assertError(server.get(TAGS), 502, "UNAVAILABLE");
    }
  }

  @Nested
  class Catalog {

    @Test
    void emptyCacheHasAnEmptyCatalog() {
      HttpResponse<byte[]> answer = server.get("/v2/_catalog");

      assertThat(text(answer)).isEqualTo("{\"repositories\":[]}");
      assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
    }

    @Test
    void catalogIsReadInPagesByFollowingItsLinks() throws IOException {
      for (String repository : List.of("c/d/e", "a", "b/x", "a-b")) {
        Digest digest = upstream.blob(repository, Samples.bytes(10, 1));
        assertThat(server.get("/v2/" + repository + "/blobs/" + digest).statusCode())
            .isEqualTo(200);
      }
      restart();

      assertThat(text(server.get("/v2/_catalog")))
          .isEqualTo("{\"repositories\":[\"a\",\"a-b\",\"b/x\",\"c/d/e\"]}");
      HttpResponse<byte[]> first = server.get("/v2/_catalog?n=3");
      assertThat(text(first)).isEqualTo("{\"repositories\":[\"a\",\"a-b\",\"b/x\"]}");
      String link = header(first, "Link");
      assertThat(link).isEqualTo("</v2/_catalog?n=3&last=b%2Fx>; rel=\"next\"");
      HttpResponse<byte[]> second = server.get(link.substring(1, link.indexOf('>')));
      assertThat(text(second)).isEqualTo("{\"repositories\":[\"c/d/e\"]}");
      assertThat(header(second, "Link")).isEqualTo("(none)");
      assertThat(text(server.get("/v2/_catalog?n=0"))).isEqualTo("{\"repositories\":[]}");
    }

    @Test
    void countThatIsNoneIs400() {
      assertError(server.get("/v2/_catalog?n=many"), 400, "PAGINATION_NUMBER_INVALID");
    }
  }

  @Nested
  class UnderAPrefixAndAHost {

    private final HttpConfig http =
        new HttpConfig(
            RunningServer.LOOPBACK.addr(),
            "/mirror/hub/",
            Optional.of(URI.create("https://cache.example:8443/")),
            Map.of(),
            Duration.ZERO,
            HttpLimits.DEFAULT,
            Optional.empty(),
            HttpConfig.Http2.ENABLED,
            Optional.empty());

    @Test
    void linksNameBoth() throws IOException {
      tagsUpstream(
          "{\"name\":\"library/alpine\",\"tags\":[\"1\"]}",
          "Link: </v2/library/alpine/tags/list?n=1&last=1>; rel=\"next\"");

      try (RunningServer other =
          RunningServer.start(RunningServer.config(upstream, RunningServer.inMemory(), http))) {
        HttpResponse<byte[]> answer = other.get("/mirror/hub" + TAGS + "?n=1");

        assertThat(header(answer, "Link"))
            .isEqualTo(
                "<https://cache.example:8443/mirror/hub/v2/library/alpine/tags/list?n=1&last=1>;"
                    + " rel=\"next\"");
      }
    }
  }
}
