package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final Pattern LISTENING = Pattern.compile("Listening on http://.*:(\\d+)/");

  private final Process server;
  private final BufferedReader log;

  StopSignalTest(@TempDir Path directory) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve");
    command
        .environment()
        .putAll(
            Map.of(
                "REGISTRY_HTTP_ADDR", "127.0.0.1:0",
                "REGISTRY_HTTP_DRAINTIMEOUT", "100s",
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.resolve("data").toString()));
    upstream = upstream();
    command
        .environment()
        .put("REGISTRY_PROXY_REMOTEURL", "http://127.0.0.1:" + upstream.getAddress().getPort());
    server = command.redirectErrorStream(true).start();
    log =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
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
    server.destroyForcibly().waitFor();
    log.close();
  }

  private int awaitListening() throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        return Integer.parseInt(listening.group(1));
      }
    }
    throw new AssertionError("the server did not start");
  }

  private void awaitLine(String text) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      if (line.contains(text)) {
        return;
      }
    }
    throw new AssertionError("the server did not log: " + text);
  }

  private void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder(List.of("kill", "-" + name, String.valueOf(server.pid()))).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void theFirstSignalStopsTheServerInAnOrderlyWay() throws Exception {
    awaitListening();

    signal("TERM");

    awaitLine("Stopped");
    assertThat(server.waitFor()).isZero();
  }

  @Test
  void aSecondSignalEndsItAtOnce() throws Exception {
    int port = awaitListening();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client
          .getOutputStream()
          .write(
              "GET /v2/library/a/manifests/1 HTTP/1.1\r\nHost: cache\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      asked.await();
      signal("TERM");
      awaitLine("Stopping");

      // Not INT: whoever runs the tests in the background of a shell lets it be ignored.
      signal("TERM");

      assertThat(server.waitFor()).isEqualTo(143);
    }
  }
}
