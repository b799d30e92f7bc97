package dev.cistern.server.fault;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests whose clients leave before the cache has asked the upstream. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AbandonedRequestsTest {

  private static final String DIGEST = "sha256:" + "%064x";

  /** More than the cache has threads for one kind of upstream request. */
  private static final int BUSY = 64;

  @TempDir Path directory;

  private final CountDownLatch gate = new CountDownLatch(1);

  private void answer(Ask ask, Wire wire) throws IOException {
    if (ask.path().contains("/junk/")) {
      try {
        if (!gate.await(60, TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    wire.send(Answer.right(ask));
  }

  private static long junk(FaultyRegistry registry) {
    return registry.asks().stream()
        .map(Ask::path)
        .filter(path -> path.contains("/junk/"))
        .distinct()
        .count();
  }

  private static Socket send(RegistryServer server, String path) throws IOException {
    Socket client = new Socket();
    client.setSoTimeout(Reply.PATIENCE_MILLIS);
    client.connect(server.address());
    String request = "GET " + path + " HTTP/1.1\r\nHost: cache\r\n\r\n";
    client.getOutputStream().write(request.getBytes(ISO_8859_1));
    return client;
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  /** Has each I/O thread answer twice: what came before, it has seen then. */
  private static void awaitNoticed(RegistryServer server) throws IOException {
    for (int i = 0; i < 64; i++) {
      try (Socket client = send(server, "/v2/")) {
        client.getInputStream().readNBytes(12);
        client
            .getOutputStream()
            .write(
                "GET /v2/ HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n".getBytes(ISO_8859_1));
        client.getInputStream().readAllBytes();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/junk/x/manifests/t%d", "/v2/junk/x/manifests/", "/v2/junk/x/blobs/"})
  void areNotSentUpstream(String form) throws IOException {
    String path = form.contains("%") ? form : form + DIGEST;
    try (FaultyRegistry registry = FaultyRegistry.start(this::answer);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory))) {
      List<Socket> busy = new ArrayList<>();
      for (int i = 0; i < BUSY; i++) {
        busy.add(send(server, path.formatted(i)));
      }
      registry.awaitAsks(BUSY);
      List<Socket> leaving = new ArrayList<>();
      for (int i = BUSY; i < BUSY + 200; i++) {
        leaving.add(send(server, path.formatted(i)));
      }
      close(leaving);
      awaitNoticed(server);
      gate.countDown();

      assertThat(Reply.to(server.address(), "GET", Sample.manifestPath(Sample.TAG)).status())
          .isEqualTo(200);
      assertThat(Reply.to(server.address(), "GET", Sample.blobPath(Sample.BLOB)).body())
          .isEqualTo(Sample.BLOB);
      assertThat(junk(registry)).isEqualTo(BUSY);
      close(busy);
    }
  }

  @Test
  void aRequestThatDoesNotWaitForTheAnswerBeforeItIsAnsweredToo() throws IOException {
    try (FaultyRegistry registry = FaultyRegistry.start(this::answer);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory));
        Socket client = send(server, "/v2/junk/x/manifests/t1")) {
      registry.awaitAsks(1);
      String second =
          "GET "
              + Sample.manifestPath(Sample.TAG)
              + " HTTP/1.1\r\nHost: cache\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(second.getBytes(ISO_8859_1));
      awaitNoticed(server);
      gate.countDown();

      String answers = new String(client.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answers).startsWith("HTTP/1.1 404").contains("HTTP/1.1 200");
    }
  }

  @Test
  void aClientThatOnlyStopsSendingIsAnswered() throws IOException {
    try (FaultyRegistry registry = FaultyRegistry.start(this::answer);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory));
        Socket client = send(server, "/v2/junk/x/manifests/t1")) {
      registry.awaitAsks(1);
      client.shutdownOutput();
      awaitNoticed(server);
      gate.countDown();

      assertThat(new String(client.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void isSentForTheOneWhoStays() throws IOException {
    String path = Sample.manifestPath(Sample.TAG);
    try (FaultyRegistry registry = FaultyRegistry.start(this::answer);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory))) {
      List<Socket> busy = new ArrayList<>();
      for (int i = 0; i < BUSY; i++) {
        busy.add(send(server, "/v2/junk/x/manifests/t" + i));
      }
      registry.awaitAsks(BUSY);
      Socket leaving = send(server, path);
      Socket staying = send(server, path);
      leaving.close();
      awaitNoticed(server);
      gate.countDown();

      byte[] status = staying.getInputStream().readNBytes(12);
      assertThat(new String(status, ISO_8859_1)).isEqualTo("HTTP/1.1 200");
      close(busy);
      staying.close();
    }
  }

  /** Asks for what is not cached, and sends the body when the upstream has been asked. */
  private String answersToARequestWithABody(String method, String body, Last last)
      throws IOException {
    try (FaultyRegistry registry = FaultyRegistry.start(this::answer);
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(), Map.of(), cache -> cache.spoolDirectory(directory));
        Socket client = new Socket()) {
      client.setSoTimeout(Reply.PATIENCE_MILLIS);
      client.connect(server.address());
      String request =
          method
              + " /v2/junk/x/manifests/t1 HTTP/1.1\r\nHost: cache\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n";
      client.getOutputStream().write(request.getBytes(ISO_8859_1));
      registry.awaitAsks(1);
      client.getOutputStream().write(body.getBytes(ISO_8859_1));
      if (last == Last.END) {
        client.shutdownOutput();
      }
      awaitNoticed(server);
      gate.countDown();
      return new String(client.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  /** What the client does after the body. */
  private enum Last {
    BODY,
    END
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void aBodyThatComesLateIsNotTakenForARequest(String method) throws IOException {
    String answers =
        answersToARequestWithABody(method, "GET /v2/ HTTP/1.1\r\nHost: evil\r\n\r\n", Last.BODY);

    assertThat(answers).startsWith("HTTP/1.1 404").containsOnlyOnce("HTTP/1.1 ");
    assertThat(answers).contains("Connection: close");
  }

  @Test
  void aClientThatStopsSendingAfterTheBodyIsAnswered() throws IOException {
    assertThat(answersToARequestWithABody("GET", "hello", Last.END)).startsWith("HTTP/1.1 404");
  }
}
