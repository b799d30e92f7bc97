package dev.cistern.examples.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on a loopback port that has one image and records its requests. */
public final class FakeUpstream implements AutoCloseable {

  private static final class Content {

    final String type;
    final byte[] body;

    Content(MediaType type, byte[] body) {
      this.type = type.value();
      this.body = body;
    }
  }

  private final Map<String, Content> contents = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> halfway = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  private FakeUpstream(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Starts a registry with this image as {@code repository:tag}. */
  public static FakeUpstream with(String repository, String tag, SampleImage image)
      throws IOException {
    FakeUpstream upstream =
        new FakeUpstream(
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    String path = "/v2/" + repository;
    Content index = new Content(MediaType.OCI_INDEX, image.index());
    upstream.contents.put(path + "/manifests/" + tag, index);
    upstream.contents.put(path + "/manifests/" + Digest.sha256(image.index()), index);
    upstream.contents.put(
        path + "/manifests/" + Digest.sha256(image.manifest()),
        new Content(MediaType.OCI_MANIFEST, image.manifest()));
    for (byte[] blob : image.blobs()) {
      upstream.contents.put(
          path + "/blobs/" + Digest.sha256(blob), new Content(MediaType.OCTET_STREAM, blob));
    }
    return upstream;
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Sends one half of a blob, and the other half after the latch has opened. */
  public void holdHalfway(byte[] blob, CountDownLatch until) {
    halfway.put(Digest.sha256(blob).toString(), until);
  }

  /** All requests so far: {@code GET /v2/...}. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    requests.add(method + " " + path);
    Content content = contents.get(path);
    try (exchange) {
      if (content == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", content.type);
      exchange
          .getResponseHeaders()
          .set("Docker-Content-Digest", Digest.sha256(content.body).toString());
      if (method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", "" + content.body.length);
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, content.body.length);
      send(
          exchange.getResponseBody(),
          content.body,
          Optional.ofNullable(halfway.get(path.substring(path.lastIndexOf('/') + 1))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(OutputStream out, byte[] body, Optional<CountDownLatch> hold)
      throws IOException, InterruptedException {
    int half = body.length / 2;
    out.write(body, 0, half);
    if (hold.isPresent()) {
      out.flush();
      hold.get().await();
    }
    out.write(body, half, body.length - half);
  }

  /** Stops the registry: from now on connections are refused. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
