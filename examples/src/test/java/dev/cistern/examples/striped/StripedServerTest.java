package dev.cistern.examples.striped;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.examples.testing.FakeUpstream;
import dev.cistern.examples.testing.SampleImage;
import dev.cistern.server.RegistryServer;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.config.ConfigLoader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver in a server that is configured to use it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StripedServerTest {

  private static final String NAME = "team/app";

  private final SampleImage image =
      SampleImage.ofLayers(10, 500_000, 20, 30, 40, 50, 60, 70, 80, 90);
  private final HttpClient client = HttpClient.newHttpClient();
  private final Path directory;

  StripedServerTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void anImageIsPulledThroughIt() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.with(NAME, "1.0", image)) {
      try (RegistryServer server = serve(upstream)) {
        assertPulls(server);
      }
      assertThat(upstream.requests()).doesNotHaveDuplicates();
    }
    assertThat(directory.resolve("a/docker/registry/v2")).isDirectory();
    assertThat(directory.resolve("b/docker/registry/v2")).isDirectory();
  }

  @Test
  void whatItStoredIsServedAfterARestartWithoutUpstream() throws Exception {
    FakeUpstream upstream = FakeUpstream.with(NAME, "1.0", image);
    try (upstream;
        RegistryServer server = serve(upstream)) {
      assertPulls(server);
    }
    try (RegistryServer server = serve(upstream)) {
      assertPulls(server);
    }
  }

  private RegistryServer serve(FakeUpstream upstream) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            version: 0.1
            log:
              accesslog:
                disabled: true
            storage:
              striped:
                directories: %s, %s
            http:
              addr: 127.0.0.1:0
            proxy:
              remoteurl: %s
            """
                .formatted(directory.resolve("a"), directory.resolve("b"), upstream.url()));
    return RegistryServer.start(
        new ConfigLoader(InstalledDrivers.keys()).load(config, Map.of()).config());
  }

  private void assertPulls(RegistryServer server) throws IOException, InterruptedException {
    assertThat(get(server, "manifests/1.0")).isEqualTo(image.index());
    assertThat(get(server, "manifests/" + Digest.sha256(image.manifest())))
        .isEqualTo(image.manifest());
    for (byte[] blob : image.blobs()) {
      assertThat(get(server, "blobs/" + Digest.sha256(blob))).isEqualTo(blob);
    }
  }

  private byte[] get(RegistryServer server, String path) throws IOException, InterruptedException {
    URI url =
        URI.create("http://127.0.0.1:" + server.address().getPort() + "/v2/" + NAME + "/" + path);
    HttpResponse<byte[]> response =
        client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }
}
