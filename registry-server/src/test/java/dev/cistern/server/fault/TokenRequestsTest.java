package dev.cistern.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How often a pull asks for a token. */
class TokenRequestsTest {

  private static final List<byte[]> LAYERS =
      IntStream.range(0, 10).mapToObj(i -> Sample.bytes(100_000, 100 + i)).toList();

  private static final byte[] MANIFEST = manifest();

  @TempDir Path scratch;

  private static byte[] manifest() {
    String layers =
        LAYERS.stream()
            .map(
                layer ->
                    "{\"mediaType\": \"application/octet-stream\", \"digest\": \"%s\", \"size\": %d}"
                        .formatted(Digest.sha256(layer), layer.length))
            .collect(Collectors.joining(","));
    return ("{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"layers\": [%s]}"
            .formatted(Sample.TYPE.value(), layers))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void registry(Ask ask, Wire wire) throws IOException {
    if (ask.path().startsWith("/token")) {
      wire.send(Answer.of(200, "{\"access_token\": \"t0k3n\"}".getBytes(StandardCharsets.UTF_8)));
    } else if (ask.header("Authorization").filter("Bearer t0k3n"::equals).isEmpty()) {
      wire.send(
          Answer.refusal(401)
              .with(
                  "WWW-Authenticate",
                  "Bearer realm=\"%s\",service=\"a, b\",scope=\"repository:%s:pull\""
                      .formatted(wire.url("/token"), Sample.REPOSITORY)));
    } else {
      wire.send(content(ask.path()));
    }
  }

  private static Answer content(String path) {
    if (path.contains("/manifests/")) {
      return Answer.of(200, MANIFEST)
          .with("Content-Type", Sample.TYPE.value())
          .with("Docker-Content-Digest", Digest.sha256(MANIFEST));
    }
    return LAYERS.stream()
        .filter(layer -> path.equals(Sample.blobPath(layer)))
        .findFirst()
        .map(layer -> Answer.of(200, layer))
        .orElseGet(() -> Answer.refusal(404));
  }

  @Test
  void pullOfTenLayersMakesAtMostTwo() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start(TokenRequestsTest::registry);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(scratch))) {
      String byTag = Sample.manifestPath(Sample.TAG);
      assertThat(Reply.to(server.address(), "HEAD", byTag).status()).isEqualTo(200);
      assertThat(Reply.to(server.address(), "GET", byTag).body()).isEqualTo(MANIFEST);
      for (Future<byte[]> layer : pull(server)) {
        assertThat(LAYERS).contains(layer.get());
      }

      assertThat(registry.asks())
          .filteredOn(ask -> ask.path().startsWith("/token"))
          .hasSizeLessThanOrEqualTo(2);
    }
  }

  /** Asks for all layers at once. */
  private static List<Future<byte[]>> pull(RegistryServer server) {
    ExecutorService client = Executors.newCachedThreadPool();
    List<Future<byte[]>> bodies = new ArrayList<>();
    for (byte[] layer : LAYERS) {
      bodies.add(
          client.submit(() -> Reply.to(server.address(), "GET", Sample.blobPath(layer)).body()));
    }
    client.shutdown();
    return bodies;
  }
}
