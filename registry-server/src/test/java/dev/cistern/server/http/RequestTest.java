package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests as they come over the wire, hostile ones included: what is asked for (distribution
 * specification, "Endpoints" and "Error Codes"), and how (RFC 9112).
 */
class RequestTest extends ServerTest {

  private static final String ZEROES =
      "sha256:0000000000000000000000000000000000000000000000000000000000000000";

  private final byte[] content = Samples.bytes(1000, 9);

  private record Answer(RawClient.Head head, String body) {}

  private static Answer answer(RawClient client) throws IOException {
    RawClient.Head head = client.head();
    return new Answer(
        head, new String(client.body(head.contentLength()), StandardCharsets.ISO_8859_1));
  }

  private static void assertError(Answer answer, int status, String code) {
    assertThat(answer.head().status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.head().header("Content-Type")).hasValue("application/json");
    assertThat(answer.head().header("Docker-Distribution-Api-Version")).hasValue("registry/2.0");
    assertThat(answer.body()).startsWith("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"");
    assertThat(answer.body()).endsWith("}]}");
  }

  private void assertStillServes(RawClient client) throws IOException {
    assertThat(answer(client.ask("GET", "/v2/")).body()).isEqualTo("{}");
  }

  @Nested
  class Base {

    @ParameterizedTest
    @ValueSource(strings = {"/v2/", "/v2"})
    void baseTellsThatTheProtocolIsSpoken(String path) throws IOException {
      try (RawClient client = server.connect()) {
        Answer answer = answer(client.ask("GET", path));

        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{}");
        assertThat(answer.head().header("Content-Type")).hasValue("application/json");
        assertThat(answer.head().header("Docker-Distribution-Api-Version"))
            .hasValue("registry/2.0");
        assertThat(answer.head().header("WWW-Authenticate")).isEmpty();
      }
    }

    @Test
    void headHasTheLengthAndNoBody() throws IOException {
      try (RawClient client = server.connect()) {
        RawClient.Head head = client.ask("HEAD", "/v2/").head();

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.contentLength()).isEqualTo(2);
        assertStillServes(client);
      }
    }

    @Test
    void clientsOfHttp10AreToldThatTheirConnectionIsKept() throws IOException {
      try (RawClient client = server.connect()) {
        client.send("GET /v2/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Answer kept = answer(client);

        assertThat(kept.head().header("Connection")).hasValue("keep-alive");
        client.send("GET /v2/ HTTP/1.0\r\n\r\n");
        assertThat(answer(client).head().header("Connection")).hasValue("close");
        assertThat(client.untilClosed()).isEmpty();
      }
    }

    @Test
    void theRootIsAnsweredToProbes() {
      assertThat(server.get("/").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"/", "/v2/", "/v2/library/alpine/manifests/latest", "/v2/_catalog", "*"})
    void optionsNameTheMethods(String path) throws IOException {
      try (RawClient client = server.connect()) {
        Answer answer = answer(client.ask("OPTIONS", path));

        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.head().header("Allow")).hasValue("GET, HEAD, OPTIONS");
        assertThat(answer.body()).isEmpty();
        assertStillServes(client);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void baseIsAnsweredWithoutTheUpstream() throws IOException {
      upstream.goDown();

      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }
  }

  @Nested
  class Pushes {

    @ParameterizedTest
    @CsvSource({
      "POST, /v2/library/alpine/blobs/uploads/",
      "POST, /v2/library/alpine/blobs/uploads/?digest=" + ZEROES,
      "POST, /v2/library/alpine/blobs/uploads/?mount=" + ZEROES + "&from=other",
      "PATCH, /v2/library/alpine/blobs/uploads/some-session",
      "PUT, /v2/library/alpine/blobs/uploads/some-session",
      "GET, /v2/library/alpine/blobs/uploads/some-session",
      "PUT, /v2/library/alpine/manifests/latest",
      "DELETE, /v2/library/alpine/manifests/latest",
      "DELETE, /v2/library/alpine/manifests/" + ZEROES,
      "DELETE, /v2/library/alpine/blobs/" + ZEROES,
      "POST, /v2/",
      "TRACE, /v2/",
      "BREW, /v2/library/alpine/manifests/latest"
    })
    void methodsOtherThanGetAndHeadAre405(String method, String path) throws IOException {
      try (RawClient client = server.connect()) {
        Answer answer = answer(client.ask(method, path));

        assertError(answer, 405, "UNSUPPORTED");
        assertThat(answer.head().header("Allow")).hasValue("GET, HEAD, OPTIONS");
        assertStillServes(client);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void bodyOfAPushIsNoRequestAndEndsTheConnection() throws IOException {
      try (RawClient client = server.connect()) {
        String body = "GET /v2/_catalog HTTP/1.1\r\nHost: cache\r\n\r\n";
        client.send(
            "PUT /v2/a/manifests/b HTTP/1.1\r\nHost: cache\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);

        assertError(answer(client), 405, "UNSUPPORTED");
        assertThat(client.untilClosed()).isEmpty();
      }
    }

    @Test
    void pushTooLargeToReadIsAnsweredBeforeItsBodyCame() throws IOException {
      try (RawClient client = server.connect()) {
        client.ask(
            "PATCH",
            "/v2/a/blobs/uploads/session",
            "Content-Length: " + (5L << 30),
            "Expect: 100-continue");

        assertThat(client.head().status()).isEqualTo(405);
      }
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }
  }

  @Nested
  class BadPaths {

    @ParameterizedTest
    @CsvSource({
      "/v2/UPPER/manifests/latest, 400, NAME_INVALID",
      "/v2/-a/manifests/latest, 400, NAME_INVALID",
      "/v2/a//b/manifests/latest, 400, NAME_INVALID",
      "/v2/a/../b/manifests/latest, 400, NAME_INVALID",
      "/v2/../../etc/passwd/manifests/latest, 400, NAME_INVALID",
      "/v2/%2e%2e/manifests/latest, 400, NAME_INVALID",
      "/v2/library%2Falpine/manifests/latest, 400, NAME_INVALID",
      "/v2/library%2falpine/manifests/latest, 400, NAME_INVALID",
      "/v2/a%00b/manifests/latest, 400, NAME_INVALID",
      "/v2/a%0d%0aSet-Cookie:x/manifests/latest, 400, NAME_INVALID",
      "/v2/a%C3%A9/manifests/latest, 400, NAME_INVALID",
      "/v2/a/blobs/sha256:abc, 400, DIGEST_INVALID",
      "/v2/a/blobs/latest, 400, DIGEST_INVALID",
      "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e, 400, DIGEST_INVALID",
      "/v2/a/manifests/sha256:xyz, 400, DIGEST_INVALID",
      "/v2/a/manifests/.hidden, 404, MANIFEST_UNKNOWN",
      "/v2/a/manifests/-x, 404, MANIFEST_UNKNOWN",
      "/v2/a/manifests/, 404, MANIFEST_UNKNOWN",
      "/v2/manifests/latest, 404, NAME_UNKNOWN",
      "/v2/_other, 404, NAME_UNKNOWN",
      "/v2/a, 404, NAME_UNKNOWN",
      "/v1/, 404, NAME_UNKNOWN",
      "//v2/, 404, NAME_UNKNOWN",
      "/v2/a/manifests/latest;jsessionid=1, 404, MANIFEST_UNKNOWN",
      "/v2/a;x/manifests/latest, 400, NAME_INVALID"
    })
    void eachIsAnErrorOfItsOwnAndNobodyIsAsked(String path, int status, String code)
        throws IOException {
      try (RawClient client = server.connect()) {
        assertError(answer(client.ask("GET", path)), status, code);
        assertStillServes(client);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void tagsAndNamesOfTheGreatestLengthAreAskedFor() throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(
                answer(
                        client.ask(
                            "GET", "/v2/" + "a".repeat(255) + "/manifests/" + "b".repeat(128)))
                    .head()
                    .status())
            .isEqualTo(404);
      }
      assertThat(upstream.requests()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "256, 10, 400, NAME_INVALID",
      "10, 129, 404, MANIFEST_UNKNOWN",
      "30000, 5, 400, NAME_INVALID"
    })
    void overLongOnesAreNot(int name, int tag, int status, String code) throws IOException {
      try (RawClient client = server.connect()) {
        Answer answer =
            answer(client.ask("GET", "/v2/" + "a".repeat(name) + "/manifests/" + "b".repeat(tag)));

        assertError(answer, status, code);
        assertThat(answer.body()).hasSizeLessThan(1000);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void headOfABadPathHasTheStatusAndNoBody() throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(client.ask("HEAD", "/v2/UPPER/manifests/x").head().status()).isEqualTo(400);
        assertStillServes(client);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/v2/a\"b/manifests/x",
          "/v2/<a>/manifests/x",
          "/v2/a\u00e9/manifests/x",
          "/v2/\u0001/manifests/x",
          "/v2/a\\b/manifests/x",
          "/v2/a%zz/manifests/x",
          "/v2/a%/manifests/x",
          "/v2/a/manifests/%",
          "/v2/?ns=%zz"
        })
    void whatIsNoUriIsRefused(String path) throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(client.ask("GET", path).head().status()).isEqualTo(400);
      }
      assertThat(upstream.requests()).isEmpty();
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }
  }

  @Nested
  @DisplayName("10. What a client sends is never an address to dial")
  class Targets {

    @ParameterizedTest
    @ValueSource(strings = {"registry.example", "127.0.0.1:1", "[::1]:5000"})
    void absoluteFormIsReadWithoutItsAuthority(String authority) throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        for (String target : new String[] {blobPath(digest), "/v2/", ""}) {
          client.send(
              "GET http://" + authority + target + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
        }

        Answer answer = answer(client);
        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
        assertThat(answer(client).body()).isEqualTo("{}");
        assertThat(answer(client).head().status()).isEqualTo(200);
      }
      assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void absoluteFormThatContradictsTheHostIsRefused() throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(client.ask("GET", "http://elsewhere.example/v2/").head().status())
            .isEqualTo(400);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "v2/", "evil.example:443", "?n=1"})
    void targetsThatAreNoPathAreErrors(String target) throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(client.ask("GET", target).head().status()).isBetween(400, 404);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void connectIsRefused() throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(client.ask("CONNECT", "127.0.0.1:" + upstream.uri().getPort()).head().status())
            .isBetween(400, 405);
      }
      assertThat(upstream.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "127.0.0.1:1", "[::1]", "169.254.169.254"})
    void hostIsNeverAnAddressToDial(String host) throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        client.send("GET " + blobPath(digest) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

        Answer answer = answer(client);
        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.head().headers().toString()).doesNotContain(host);
      }
      assertThat(upstream.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b c", "\"><script>", "[::1", "a\r\nHost: b"})
    void hostThatIsNoneIsRefused(String host) throws IOException {
      try (RawClient client = server.connect()) {
        client.send("GET /v2/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

        assertThat(client.head().status()).isEqualTo(400);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ns=docker.io", "ns=", "n=docker.io", "ns"})
    void namespaceOfTheUpstreamIsNoPartOfTheRequestToIt(String query) throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        Answer answer = answer(client.ask("GET", blobPath(digest) + "?" + query));

        assertThat(answer.head().status()).isEqualTo(200);
        assertThat(answer.body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
      }
      assertThat(upstream.requests()).hasToString("[GET " + blobPath(digest) + "]");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "ns=evil.example:8080",
          "ns=http://127.0.0.1:1/",
          "ns=a&ns=docker.io",
          "ns=%00",
          "ns=%0d%0aX:y"
        })
    void namespaceOfNoUpstreamIsNeverAsked(String query) throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        Answer answer = answer(client.ask("GET", blobPath(digest) + "?" + query));

        assertThat(answer.head().status()).isEqualTo(404);
        assertThat(answer.body()).contains("NAME_UNKNOWN");
      }
      assertThat(upstream.requests()).isEmpty();
    }
  }

  @Nested
  class Connections {

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
      Digest large = upstream.blob(REPOSITORY, Samples.bytes(2_000_000, 10));
      Digest small = upstream.blob("library/other", content);
      try (RawClient client = server.connect()) {
        client.send(
            request("GET", blobPath(large), "")
                + request("HEAD", blobPath(large), "")
                + request("GET", "/v2/", "")
                + request("GET", blobPath(large), "Range: bytes=10-19\r\n")
                + request("GET", "/v2/library/other/blobs/" + small, ""));

        RawClient.Head first = client.head();
        assertThat(client.body(first.contentLength())).isEqualTo(Samples.bytes(2_000_000, 10));
        assertThat(client.head().contentLength()).isEqualTo(2_000_000);
        assertThat(answer(client).body()).isEqualTo("{}");
        assertThat(answer(client).head().status()).isEqualTo(206);
        assertThat(answer(client).body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
      }
    }

    @Test
    void connectionOutlivesAnswersWithoutABody() throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        assertThat(client.ask("HEAD", blobPath(digest)).head().status()).isEqualTo(200);
        assertThat(client.ask("GET", blobPath(digest), "If-None-Match: *").head().status())
            .isEqualTo(304);
        assertThat(answer(client.ask("GET", blobPath(digest), "Range: bytes=1-2")).head().status())
            .isEqualTo(206);
        assertThat(client.ask("HEAD", blobPath(digest), "If-None-Match: *").head().status())
            .isEqualTo(304);
        assertThat(
                answer(client.ask("GET", blobPath(digest), "Range: bytes=1000-")).head().status())
            .isEqualTo(416);
        assertThat(client.ask("HEAD", "/v2/a/manifests/absent").head().status()).isEqualTo(404);
        assertThat(answer(client.ask("GET", blobPath(digest))).body()).hasSize(1000);
      }
    }

    @Test
    void clientsOfHttp10GetTheLengthAndThenTheEnd() throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        client.send("GET " + blobPath(digest) + " HTTP/1.0\r\n\r\n");

        RawClient.Head head = client.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.contentLength()).isEqualTo(1000);
        assertThat(client.untilClosed()).isEqualTo(content);
      }
    }

    @Test
    void connectionThatIsToBeClosedIs() throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        RawClient.Head head = client.ask("GET", blobPath(digest), "Connection: close").head();

        assertThat(head.header("Connection")).hasValue("close");
        assertThat(client.untilClosed()).isEqualTo(content);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS"})
    void bodyOfARequestToReadIsPassedOverAndEndsTheConnection(String method) throws IOException {
      Digest digest = upstream.blob(REPOSITORY, content);
      try (RawClient client = server.connect()) {
        client.send(
            request(method, blobPath(digest), "Content-Length: 5\r\n")
                + "hello"
                + request("GET", "/v2/", ""));

        RawClient.Head head = client.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Connection")).hasValue("close");
        assertThat(client.untilClosed()).isEqualTo(method.equals("GET") ? content : new byte[0]);
      }
    }

    @Test
    void anEmptyBodyIsNone() throws IOException {
      try (RawClient client = server.connect()) {
        assertThat(answer(client.ask("GET", "/v2/", "Content-Length: 0")).body()).isEqualTo("{}");
        assertStillServes(client);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "GET\r\n\r\n",
          "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
          "GET /v2/ HTTP/1.1\r\nBad Header: x\r\n\r\n",
          "GET /v2/ HTTP/1.1\r\n\r\n",
          "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
          "PUT /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nxxxxx"
        })
    void nonsenseIsRefusedAndOthersAreServed(String nonsense) throws IOException {
      try (RawClient client = server.connect()) {
        client.send(nonsense);
        client.finishSending();

        String answer = new String(client.untilClosed(), StandardCharsets.ISO_8859_1);
        if (!answer.isEmpty()) {
          assertThat(answer).matches("(?s)HTTP/1\\.[01] [45]\\d\\d .*");
        }
      }
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }

    private static String request(String method, String path, String headers) {
      return method + " " + path + " HTTP/1.1\r\nHost: cache\r\n" + headers + "\r\n";
    }
  }
}
