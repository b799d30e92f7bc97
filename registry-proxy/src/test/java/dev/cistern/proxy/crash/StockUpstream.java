package dev.cistern.proxy.crash;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A registry with the stock, which supports ranges and is slow enough to be interrupted. */
final class StockUpstream implements Closeable {

  private static final int PIECE = 32 * 1024;
  private static final long PAUSE_NANOS = 500_000;

  private final Stock stock;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicLong gets = new AtomicLong();
  private final AtomicLong resumed = new AtomicLong();

  StockUpstream(Stock stock) throws IOException {
    this.stock = stock;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** How many bodies were asked for. */
  long gets() {
    return gets.get();
  }

  /** How many of them from another byte than the first. */
  long resumed() {
    return resumed.get();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] content = stock.content(digest(path));
      int from = from(exchange.getRequestHeaders().getFirst("Range"));
      if (path.contains("/manifests/")) {
        exchange.getResponseHeaders().set("Content-Type", MediaType.OCI_MANIFEST.value());
      }
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      gets.incrementAndGet();
      resumed.addAndGet(from > 0 ? 1 : 0);
      if (from >= content.length) {
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      if (from > 0) {
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream body = exchange.getResponseBody();
      for (int at = from; at < content.length; at += PIECE) {
        body.write(content, at, Math.min(PIECE, content.length - at));
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static int from(@Nullable String range) {
    return range == null
        ? 0
        : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
  }

  private static Digest digest(String path) throws IOException {
    try {
      return Digest.parse(path.substring(path.lastIndexOf('/') + 1));
    } catch (RegistryException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
