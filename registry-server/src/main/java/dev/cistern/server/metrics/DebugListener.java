package dev.cistern.server.metrics;

import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.health.Health;
import dev.cistern.server.health.HealthHandler;
import dev.cistern.server.http.OperatorListener;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * The listener that {@code http.debug} describes: metrics and health, for operators and not for
 * clients.
 */
public final class DebugListener implements AutoCloseable {

  private static final PrometheusTextFormatWriter TEXT =
      PrometheusTextFormatWriter.builder().build();

  private static final int WORKER_THREADS = 2;

  private final OperatorListener listener;

  private DebugListener(OperatorListener listener) {
    this.listener = listener;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException when the address cannot be used; the message is for the operator
   */
  public static DebugListener start(DebugConfig config, ServerMetrics metrics, Health health)
      throws IOException {
    return start(config, metrics, health, ResponseCodeHandler.HANDLE_404);
  }

  /**
   * As above.
   *
   * @param rest answers what is neither a metric nor a probe
   */
  public static DebugListener start(
      DebugConfig config, ServerMetrics metrics, Health health, HttpHandler rest)
      throws IOException {
    PathHandler paths = new PathHandler(rest);
    config.metricsPath().ifPresent(path -> paths.addExactPath(path, metricsHandler(metrics)));
    HttpHandler handler = new HealthHandler(health, HealthHandler.Audience.OPERATORS, "", paths);
    return new DebugListener(
        OperatorListener.start("http.debug.addr", config.addr(), WORKER_THREADS, handler));
  }

  private static HttpHandler metricsHandler(ServerMetrics metrics) {
    return exchange -> exchange.dispatch(() -> send(exchange, metrics));
  }

  private static void send(HttpServerExchange exchange, ServerMetrics metrics) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      TEXT.write(body, metrics.snapshot());
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory does not fail", e);
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, TEXT.getContentType());
    exchange.getResponseSender().send(ByteBuffer.wrap(body.toByteArray()));
  }

  /** The address that is listened on, with the real port. */
  public InetSocketAddress address() {
    return listener.address();
  }

  @Override
  public void close() {
    listener.close();
  }
}
