package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UpstreamLogin;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers to ranges where only they are fetched, over HTTP. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RelayedRangesAnswersTest {

  private final byte[] content = Samples.bytes(300_000, 19);
  private final Digest digest = Digest.sha256(content);
  private final String path = "/v2/library/alpine/blobs/" + digest;
  private final FakeUpstream upstream;
  private final RunningServer server;

  RelayedRangesAnswersTest() throws IOException {
    upstream = FakeUpstream.start();
    RegistryConfig whole = RunningServer.proxy(upstream, new UpstreamLogin.Anonymous()).main();
    RegistryConfig.Reuse reuse = whole.reuse();
    RegistryConfig relaying =
        new RegistryConfig(
            whole.name(),
            whole.naming(),
            whole.remoteUrl(),
            whole.fallbacks(),
            whole.credentials(),
            whole.network(),
            new RegistryConfig.Reuse(
                reuse.freshness(),
                reuse.negativeTtl(),
                reuse.deleted(),
                reuse.prefetch(),
                RangeFetch.RELAY),
            whole.access());
    server =
        RunningServer.start(
            new ServerConfig(
                LogConfig.DEFAULT,
                RunningServer.inMemory(),
                RunningServer.LOOPBACK,
                ProxyConfig.of(relaying)));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    upstream.close();
  }

  private byte[] slice(int first, int last) {
    return Arrays.copyOfRange(content, first, last + 1);
  }

  private List<String> asked() {
    return upstream.requests().stream()
        .filter(request -> request.method().equals("GET") && request.path().equals(path))
        .map(request -> request.header("Range").orElse("whole"))
        .toList();
  }

  /** The stargz snapshotter fails on an answer without the size. */
  @Test
  void anAnswerNamesTheSizeThatOnlyTheUpstreamTells() {
    upstream.on(
        path,
        (request, reply) -> {
          if (request.header("Range").isPresent()) {
            reply.whole(206, slice(1000, 1999), "Content-Range: bytes 1000-1999/" + content.length);
          } else {
            reply.whole(200, content);
          }
        });

    HttpResponse<byte[]> answer = server.get(path, "Range", "bytes=1000-1999");

    assertThat(answer.headers().firstValue("Content-Range"))
        .hasValue("bytes 1000-1999/" + content.length);
    assertThat(answer.body()).isEqualTo(slice(1000, 1999));
    assertThat(asked()).containsExactly("bytes=1000-1999");
  }

  @Test
  void aRangeThatTheUpstreamAnswersWith416ComesFromTheWhole() {
    upstream.on(
        path,
        (request, reply) -> {
          if (request.header("Range").isPresent()) {
            reply.whole(416, new byte[0], "Content-Range: bytes */" + content.length);
          } else {
            reply.whole(200, content);
          }
        });

    HttpResponse<byte[]> answer = server.get(path, "Range", "bytes=1000-1999");

    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(answer.headers().firstValue("Content-Range"))
        .hasValueSatisfying(range -> assertThat(range).startsWith("bytes 1000-1999/"));
    assertThat(answer.body()).isEqualTo(slice(1000, 1999));
    assertThat(asked()).containsExactly("bytes=1000-1999", "whole");
    assertThat(server.get(path, "Range", "bytes=-10").body())
        .isEqualTo(slice(content.length - 10, content.length - 1));
    assertThat(asked()).hasSize(2);
  }
}
