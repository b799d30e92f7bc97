package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.config.ProxyConfig;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xnio.IoUtils;

/** Content that storage opens for a request whose connection is gone by then. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LateAnswerTest {

  private static final String BLOB = "/v2/library/alpine/blobs/";

  @TempDir Path spools;

  private final byte[] content = Samples.bytes(1000, 12);
  private final BlockingQueue<HttpServerExchange> exchanges = new LinkedBlockingQueue<>();
  private final GatedDriver storage = new GatedDriver();
  private FakeUpstream upstream;
  private PullThroughCache cache;
  private Undertow undertow;

  @BeforeEach
  void start() throws Exception {
    upstream = FakeUpstream.start();
    cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(upstream.uri().toString()).build())
            .storage(storage)
            .spoolDirectory(spools)
            .memory(0)
            .build();
    RegistryHandler handler =
        new RegistryHandler(cache, "", "", Routing.of(ProxyConfig.DEFAULT), Guard.NONE);
    undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setHandler(
                exchange -> {
                  exchanges.add(exchange);
                  handler.handleRequest(exchange);
                })
            .build();
    undertow.start();
    Digest digest = upstream.blob("library/alpine", content);
    storage.awaitUse(() -> pull(digest));
    exchanges.clear();
  }

  private byte[] pull(Digest digest) throws Exception {
    try (RawClient client = connect()) {
      client.ask("GET", BLOB + digest, "Connection: close").head();
      byte[] body = client.untilClosed();
      assertThat(body).isEqualTo(content);
      return body;
    }
  }

  @AfterEach
  void stop() throws Exception {
    storage.open();
    undertow.stop();
    upstream.close();
    cache.close();
  }

  private RawClient connect() throws Exception {
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  @Test
  void contentForAClientThatHasLeftIsClosed() throws Exception {
    storage.shut();
    RawClient client = connect();
    client.ask("GET", BLOB + Digest.sha256(content));
    storage.awaitOpening();

    client.reset();
    storage.open();

    exchanges.take();
    ServerTest.await(() -> storage.openObjects() == 0);
  }

  @Test
  void contentForAConnectionThatIsClosedIsClosed() throws Exception {
    storage.shut();
    try (RawClient client = connect()) {
      client.ask("GET", BLOB + Digest.sha256(content));
      storage.awaitOpening();

      HttpServerExchange exchange = exchanges.take();
      CountDownLatch closed = new CountDownLatch(1);
      exchange
          .getIoThread()
          .execute(
              () -> {
                IoUtils.safeClose(exchange.getConnection());
                closed.countDown();
              });
      closed.await();
      storage.open();

      ServerTest.await(() -> storage.opened() > 0 && storage.openObjects() == 0);
    }
  }

  @Test
  void contentForAListenerThatIsStoppedIsClosed() throws Exception {
    storage.shut();
    try (RawClient client = connect()) {
      client.ask("GET", BLOB + Digest.sha256(content));
      storage.awaitOpening();

      // Stopping waits for the worker at the gate, with the I/O threads gone already.
      Thread stopping = new Thread(undertow::stop);
      stopping.start();
      assertThat(client.untilClosed()).isEmpty();
      storage.open();
      stopping.join();

      ServerTest.await(() -> storage.opened() > 0 && storage.openObjects() == 0);
    }
  }
}
