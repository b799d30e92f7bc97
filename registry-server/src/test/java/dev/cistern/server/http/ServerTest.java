package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.StorageConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server of its own for each test, with an upstream behind it and empty storage. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
abstract class ServerTest {

  static final String REPOSITORY = "library/alpine";

  @TempDir Path directory;

  FakeUpstream upstream;
  RunningServer server;

  /** Where this test keeps content. */
  StorageConfig storage() {
    return RunningServer.inDirectory(directory);
  }

  /** How this test listens. */
  HttpConfig http() {
    return RunningServer.LOOPBACK;
  }

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    server = RunningServer.start(RunningServer.config(upstream, storage(), http()));
  }

  @AfterEach
  void stop() throws IOException {
    // First the upstream: what the server still waits for there then ends at once.
    upstream.close();
    server.close();
    await(() -> OpenFiles.under(directory).isEmpty());
  }

  /** Lets the cache read a manifest that declares the size of a blob. */
  void declare(Digest blob, int size) {
    String type = "application/vnd.oci.image.manifest.v1+json";
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","layers":[],
         "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d}}
        """
            .formatted(type, blob, size);
    Digest digest =
        upstream.manifest(REPOSITORY, "declaring", type, manifest.getBytes(StandardCharsets.UTF_8));
    assertThat(server.get(manifestPath(digest)).statusCode()).isEqualTo(200);
  }

  static String blobPath(Digest digest) {
    return "/v2/" + REPOSITORY + "/blobs/" + digest;
  }

  static String manifestPath(Object reference) {
    return "/v2/" + REPOSITORY + "/manifests/" + reference;
  }

  static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("(none)");
  }

  static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  /** The answer is the specification's error body with this code ("Error Codes"). */
  static void assertError(HttpResponse<byte[]> answer, int status, String code) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
    assertThat(text(answer)).startsWith("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"");
  }

  /** Waits until storage has the blob, and the repository is known to have it. */
  void awaitStored(Digest digest) {
    // The link is the last thing that is written.
    Path link =
        directory
            .resolve("docker/registry/v2/repositories")
            .resolve(REPOSITORY)
            .resolve("_layers/sha256")
            .resolve(digest.hex())
            .resolve("link");
    await(
        () ->
            storage().driver().equals("filesystem")
                ? Files.exists(link)
                : text(server.get("/v2/_catalog")).contains('"' + REPOSITORY + '"'));
  }

  /** Looks again and again, for as long as the deadline allows. */
  static void await(BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(RunningServer.DEADLINE);
    while (!condition.getAsBoolean()) {
      assertThat(Duration.between(Instant.now(), deadline)).isPositive();
      Thread.onSpinWait();
    }
  }
}
