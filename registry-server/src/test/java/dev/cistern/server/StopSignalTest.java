package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.cistern.server.testing.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How a process ends by signals. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@DisabledOnOs(OS.WINDOWS)
class StopSignalTest {

  private final ServerProcess server;

  StopSignalTest(@TempDir Path directory) throws IOException {
    upstream = upstream();
    server =
        ServerProcess.start(
            directory.resolve("data"),
            Map.of(
                "REGISTRY_HTTP_DRAINTIMEOUT",
                "100s",
                "REGISTRY_PROXY_REMOTEURL",
                "http://127.0.0.1:" + upstream.getAddress().getPort()));
  }

  private final CountDownLatch never = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);
  private final HttpServer upstream;

  /** An upstream that never answers. */
  private HttpServer upstream() throws IOException {
    HttpServer silent =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    silent.createContext(
        "/",
        exchange -> {
          asked.countDown();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    silent.start();
    return silent;
  }

  @AfterEach
  void end() throws Exception {
    never.countDown();
    upstream.stop(0);
    server.close();
  }

  @Test
  void theFirstSignalStopsTheServerInAnOrderlyWay() throws Exception {
    assertThat(server.uri()).isNotNull();

    server.terminate();

    server.awaitLine("Stopped");
    assertThat(server.exitValue()).isZero();
  }

  @Test
  void aSecondSignalEndsItAtOnce() throws Exception {
    int port = server.uri().getPort();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client
          .getOutputStream()
          .write(
              "GET /v2/library/a/manifests/1 HTTP/1.1\r\nHost: cache\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      asked.await();
      server.terminate();
      server.awaitLine("Stopping");

      server.terminate();

      assertThat(server.exitValue()).isEqualTo(143);
    }
  }
}
