package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import dev.cistern.server.config.StorageConfig;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers from memory, which neither storage nor the upstream can hold up. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HotAnswersTest {

  private static final String NAME = "library/alpine";
  private static final String BLOBS = "/v2/" + NAME + "/blobs/";
  private static final String MANIFESTS = "/v2/" + NAME + "/manifests/";

  private final byte[] config = Samples.bytes(3_000, 1);
  private final byte[] layer = Samples.bytes(100_000, 2);
  private final byte[] manifest =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}"
          .getBytes(StandardCharsets.UTF_8);

  private FakeUpstream upstream;
  private GatedDriver storage;
  private RunningServer server;
  private String configPath;
  private String layerPath;
  private String manifestPath;

  @BeforeEach
  void start() throws Exception {
    upstream = FakeUpstream.start();
    server = RunningServer.start(upstream, new StorageConfig("gated", Map.of()));
    storage = GatedDriverFactory.lastMade();
    configPath = BLOBS + upstream.blob(NAME, config);
    layerPath = BLOBS + upstream.blob(NAME, layer);
    Digest digest = Digest.sha256(manifest);
    manifestPath = MANIFESTS + digest;
    upstream.on(
        manifestPath,
        (request, reply) ->
            reply.whole(200, manifest, "Content-Type: application/vnd.oci.image.manifest.v1+json"));
    for (String path : List.of(configPath, layerPath)) {
      storage.awaitUse(() -> server.get(path));
    }
    assertThat(server.get(manifestPath).statusCode()).isEqualTo(200);
    ServerTest.await(() -> storage.has(digest.hex()));
    assertThat(server.get(manifestPath).statusCode()).isEqualTo(200);
  }

  @AfterEach
  void stop() throws Exception {
    storage.open();
    server.close();
    upstream.close();
  }

  @Test
  void hotContentIsAnsweredWhileStorageAndUpstreamHang() throws Exception {
    storage.shut();
    // More than there are threads of any kind.
    List<RawClient> cold = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String path = BLOBS + Digest.sha256(Samples.bytes(10, i));
      upstream.on(path, (request, reply) -> new CountDownLatch(1).await());
      cold.add(server.connect().ask("GET", path));
      cold.add(server.connect().ask("GET", layerPath));
    }
    storage.awaitOpening();

    assertThat(server.get(manifestPath).body()).isEqualTo(manifest);
    assertThat(server.get(configPath).body()).isEqualTo(config);
    for (RawClient client : cold) {
      client.reset();
    }
  }

  @Test
  void withoutMemoryStorageIsAsked() throws Exception {
    Map<String, String> settings =
        Map.of("REGISTRY_PROXY_MEMORY", "0", "REGISTRY_STORAGE", "gated");
    try (RegistryServer bare =
            CustomServer.start(upstream.uri().toString(), settings, options -> options);
        RawClient client = new RawClient(bare.address())) {
      GatedDriver gated = GatedDriverFactory.lastMade();
      gated.awaitUse(
          () -> {
            client.ask("GET", configPath);
            return client.body(client.head().contentLength());
          });
      gated.shut();

      client.ask("GET", configPath);
      gated.awaitOpening();
      gated.open();
      assertThat(client.body(client.head().contentLength())).isEqualTo(config);
    }
  }

  @Test
  void headRangesAndConditionsAreAnsweredFromMemoryToo() throws Exception {
    storage.shut();

    HttpResponse<byte[]> head = server.head(configPath);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValue("Content-Length")).hasValue("3000");
    assertThat(server.head(manifestPath).headers().firstValue("Content-Length"))
        .hasValue(Integer.toString(manifest.length));

    HttpResponse<byte[]> range = server.get(configPath, "Range", "bytes=1000-1999");
    assertThat(range.statusCode()).isEqualTo(206);
    assertThat(range.headers().firstValue("Content-Range")).hasValue("bytes 1000-1999/3000");
    assertThat(range.body()).isEqualTo(Arrays.copyOfRange(config, 1000, 2000));

    HttpResponse<byte[]> suffix = server.get(configPath, "Range", "bytes=-1");
    assertThat(suffix.body()).containsExactly(config[2999]);
    assertThat(server.get(configPath, "Range", "bytes=3000-").statusCode()).isEqualTo(416);

    HttpResponse<byte[]> parts = server.get(configPath, "Range", "bytes=0-9,20-29");
    assertThat(parts.statusCode()).isEqualTo(206);
    String type = parts.headers().firstValue("Content-Type").orElseThrow();
    assertThat(ByteRanges.parse(type, parts.body()).ranges())
        .isEqualTo(ByteRanges.asked("bytes=0-9,20-29", config.length));

    for (String path : List.of(configPath, manifestPath)) {
      String tag = server.head(path).headers().firstValue("ETag").orElseThrow();
      HttpResponse<byte[]> known = server.get(path, "If-None-Match", tag);
      assertThat(known.statusCode()).isEqualTo(304);
      assertThat(known.body()).isEmpty();
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    String hot =
        "GET %s HTTP/1.1\r\nHost: cache\r\n\r\nHEAD %s HTTP/1.1\r\nHost: cache\r\n\r\n"
            .formatted(manifestPath, configPath);
    String fromStorage = "GET %s HTTP/1.1\r\nHost: cache\r\n\r\n".formatted(layerPath);
    try (RawClient client = server.connect()) {
      // Many at once, so that some requests lie in one piece with others and some are cut.
      client.send((hot + fromStorage).repeat(100));
      for (int i = 0; i < 100; i++) {
        RawClient.Head first = client.head();
        assertThat(first.status()).isEqualTo(200);
        assertThat(client.body(first.contentLength())).isEqualTo(manifest);
        assertThat(client.head().contentLength()).isEqualTo(config.length);
        assertThat(client.body(client.head().contentLength())).isEqualTo(layer);
      }
    }
  }
}
