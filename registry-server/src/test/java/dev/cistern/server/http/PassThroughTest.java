package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.storage.memory.MemoryDriver;
import io.undertow.Undertow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs that come straight from the upstream, as there is no disk for the transfer to share. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PassThroughTest {

  @TempDir Path directory;

  private final byte[] content = Samples.bytes(1_000_000, 14);
  private final Digest digest = Digest.sha256(content);
  private final String path = "/v2/library/alpine/blobs/" + digest;
  private FakeUpstream upstream;
  private PullThroughCache cache;
  private Undertow undertow;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(upstream.uri().toString()).build())
            .storage(new MemoryDriver())
            // No directory can be made below a file.
            .spoolDirectory(Files.createFile(directory.resolve("file")))
            .build();
    undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setHandler(
                new RegistryHandler(cache, "", "", Routing.of(ProxyConfig.DEFAULT), Guard.NONE))
            .build();
    undertow.start();
  }

  @AfterEach
  void stop() throws IOException {
    undertow.stop();
    upstream.close();
    cache.close();
  }

  private RawClient connect() throws IOException {
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  private void offerWithoutALength() {
    upstream.on(
        path,
        (request, reply) -> {
          reply.head(200, "Transfer-Encoding: chunked");
          for (int sent = 0; sent < content.length; sent += 50_000) {
            reply.chunk(content, sent, 50_000);
          }
          reply.chunk(content, 0, 0);
        });
  }

  @Test
  void blobComesThroughWithItsLength() throws IOException {
    upstream.blob("library/alpine", content);
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", path).head();

      assertThat(client.body(head.contentLength())).isEqualTo(content);
    }
  }

  @Test
  void rangeComesThrough() throws IOException {
    upstream.blob("library/alpine", content);
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", path, "Range: bytes=500000-").head();

      assertThat(head.status()).isEqualTo(206);
      assertThat(client.body(500_000)).isEqualTo(Arrays.copyOfRange(content, 500_000, 1_000_000));
    }
  }

  @Test
  void blobWithoutALengthComesThroughInChunks() throws IOException {
    offerWithoutALength();
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", path).head();

      assertThat(head.header("Transfer-Encoding")).hasValue("chunked");
      assertThat(client.chunkedBody()).isEqualTo(content);
      assertThat(client.ask("GET", "/v2/").head().status()).isEqualTo(200);
    }
  }

  @Test
  void rangeOfABlobWithoutALengthIsTheWholeBlob() throws IOException {
    offerWithoutALength();
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", path, "Range: bytes=5-6").head();

      assertThat(head.status()).isEqualTo(200);
      assertThat(client.chunkedBody()).isEqualTo(content);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"keep-alive", "close"})
  void blobWithoutALengthThatIsCutNeverLooksComplete(String connection) throws IOException {
    upstream.on(
        path,
        (request, reply) -> {
          upstream.forget(path);
          reply.head(200, "Transfer-Encoding: chunked");
          reply.chunk(content, 0, 500_000);
        });
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", path, "Connection: " + connection).head();

      assertThat(head.header("Transfer-Encoding")).hasValue("chunked");
      assertThat(new String(client.untilClosed(), StandardCharsets.ISO_8859_1))
          .doesNotEndWith("0\r\n\r\n");
    }
  }

  @Test
  void clientOfHttp10GetsNoBodyWhoseEndItCouldNotTell() throws IOException {
    offerWithoutALength();
    try (RawClient client = connect()) {
      client.send("GET " + path + " HTTP/1.0\r\n\r\n");

      assertThat(client.head().status()).isEqualTo(502);
    }
  }
}
