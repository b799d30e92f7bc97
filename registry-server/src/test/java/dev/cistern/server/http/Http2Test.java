package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same answers over HTTP/2 (RFC 9113): many at once on one connection, each ending alone. */
class Http2Test extends ServerTest {

  private static final int MB = 1 << 20;

  @TempDir static Path tls;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_2)
          .sslContext(Https.trusting())
          .build();

  private final byte[] content = Samples.bytes(3 * MB, 7);
  private final Tap tap = new Tap();

  @Override
  HttpConfig http() {
    return Https.config(tls, HttpConfig.Http2.ENABLED);
  }

  private HttpRequest request(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.address().getPort() + path))
            .method(method, BodyPublishers.noBody())
            .timeout(RunningServer.DEADLINE);
    return (headers.length > 0 ? request.headers(headers) : request).build();
  }

  private CompletableFuture<HttpResponse<byte[]>> askLater(String path, String... headers) {
    return client.sendAsync(request("GET", path, headers), BodyHandlers.ofByteArray());
  }

  private HttpResponse<InputStream> open(Digest digest) {
    return client.sendAsync(request("GET", blobPath(digest)), BodyHandlers.ofInputStream()).join();
  }

  @Test
  void clientsThatOfferItGetIt() {
    HttpResponse<byte[]> answer = askLater("/v2/").join();
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
  }

  @Test
  void clientsGetHttp11WhereItIsDisabled() throws IOException {
    try (RunningServer plain =
        RunningServer.start(
            RunningServer.config(
                upstream,
                RunningServer.inDirectory(tls.resolve("storage")),
                Https.config(tls, HttpConfig.Http2.DISABLED)))) {
      URI base = URI.create("https://127.0.0.1:" + plain.address().getPort() + "/v2/");
      assertThat(
              client
                  .sendAsync(HttpRequest.newBuilder(base).build(), BodyHandlers.discarding())
                  .join()
                  .version())
          .isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void manyBlobsComeAtOnceColdAndWarm() {
    List<byte[]> blobs = new ArrayList<>();
    List<Digest> digests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] blob = Samples.bytes(MB + i, 100 + i);
      blobs.add(blob);
      digests.add(upstream.blob(REPOSITORY, blob));
    }
    for (int turn = 0; turn < 2; turn++) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers =
          digests.stream().map(digest -> askLater(blobPath(digest))).toList();
      for (int i = 0; i < blobs.size(); i++) {
        HttpResponse<byte[]> answer = answers.get(i).join();
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(header(answer, "Content-Length"))
            .isEqualTo(Integer.toString(blobs.get(i).length));
        assertThat(Arrays.equals(answer.body(), blobs.get(i))).isTrue();
      }
      digests.forEach(this::awaitStored);
    }
  }

  @Test
  void rangesAreAnswered() {
    Digest digest = upstream.blob(REPOSITORY, content);
    assertThat(askLater(blobPath(digest)).join().body()).isEqualTo(content);
    awaitStored(digest);

    HttpResponse<byte[]> part = askLater(blobPath(digest), "Range", "bytes=5-1500000").join();

    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(header(part, "Content-Range")).isEqualTo("bytes 5-1500000/" + content.length);
    assertThat(Arrays.equals(part.body(), Arrays.copyOfRange(content, 5, 1_500_001))).isTrue();
  }

  @Test
  void headAnswersWithHeadersAlone() {
    Digest digest = upstream.blob(REPOSITORY, content);
    askLater(blobPath(digest)).join();
    awaitStored(digest);

    HttpResponse<byte[]> answer =
        client.sendAsync(request("HEAD", blobPath(digest)), BodyHandlers.ofByteArray()).join();

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Length")).isEqualTo(Integer.toString(content.length));
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void errorsAreTheSpecifications() {
    assertError(askLater("/v2/No/manifests/latest").join(), 400, "NAME_INVALID");
    assertError(askLater(manifestPath("missing")).join(), 404, "NAME_UNKNOWN");
  }

  @Test
  void bytesReachTheClientWhileTheUpstreamStillSends() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (InputStream body = open(digest).body()) {
      assertThat(body.readNBytes(MB)).isEqualTo(Arrays.copyOf(content, MB));
      tap.open();
      assertThat(body.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, MB, 3 * MB));
    }
  }

  @Test
  void aBodyOfUnknownLengthArrivesWhole() {
    Digest digest = Digest.sha256(content);
    upstream.on(
        blobPath(digest),
        (request, reply) -> {
          reply.head(200, "Transfer-Encoding: chunked");
          reply.chunk(content, 0, content.length);
          reply.chunk(content, 0, 0);
        });
    assertThat(Arrays.equals(askLater(blobPath(digest)).join().body(), content)).isTrue();
  }

  @Test
  void anAnswerThatIsCutEndsAloneAndNeverAsIfItWereWhole() throws IOException {
    Digest broken = upstream.blob(REPOSITORY, content, tap);
    byte[] other = Samples.bytes(2 * MB, 8);
    Tap otherTap = new Tap();
    Digest whole = upstream.blob(REPOSITORY, other, otherTap);
    tap.openTo(MB);
    otherTap.openTo(MB);
    try (InputStream body = open(broken).body();
        InputStream rest = open(whole).body()) {
      assertThat(body.readNBytes(MB)).isEqualTo(Arrays.copyOf(content, MB));
      assertThat(rest.readNBytes(MB)).isEqualTo(Arrays.copyOf(other, MB));

      upstream.forget(blobPath(broken));
      tap.cut();
      assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);

      otherTap.open();
      assertThat(rest.readAllBytes()).isEqualTo(Arrays.copyOfRange(other, MB, 2 * MB));
    }
  }

  @Test
  void aClientThatLeavesOneAnswerGetsTheOthers() throws IOException {
    Digest left = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    InputStream body = open(left).body();
    assertThat(body.readNBytes(1000)).isEqualTo(Arrays.copyOf(content, 1000));
    body.close();

    Digest digest = upstream.blob(REPOSITORY, Samples.bytes(MB, 9));
    assertThat(askLater(blobPath(digest)).join().body()).isEqualTo(Samples.bytes(MB, 9));
    tap.open();
    awaitStored(left);
  }
}
