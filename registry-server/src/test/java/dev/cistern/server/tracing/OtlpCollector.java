package dev.cistern.server.tracing;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Takes spans by OTLP over HTTP, on a port of the loopback. */
public final class OtlpCollector implements Closeable {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /**
   * A span as it came.
   *
   * @param trace the id of the trace, in hexadecimal digits as all ids
   * @param parent the id of the parent; empty for the first span of a trace
   * @param links the ids of the spans that it has links to
   * @param service the name of the service
   */
  public record Received(
      String trace,
      String id,
      String parent,
      String name,
      Span.SpanKind kind,
      boolean failed,
      Map<String, String> attributes,
      List<String> links,
      String service,
      long start,
      long end) {}

  private final HttpServer server;

  // Guarded by this.
  private final List<Received> spans = new ArrayList<>();

  private OtlpCollector(HttpServer server) {
    this.server = server;
  }

  /** Starts one. */
  public static OtlpCollector start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    OtlpCollector collector = new OtlpCollector(server);
    server.createContext("/v1/traces", collector::take);
    server.start();
    return collector;
  }

  /** The value of {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void take(HttpExchange exchange) throws IOException {
    ExportTraceServiceRequest request =
        ExportTraceServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes());
    synchronized (this) {
      request.getResourceSpansList().forEach(this::add);
      notifyAll();
    }
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  private synchronized void add(ResourceSpans resource) {
    String service =
        attributes(resource.getResource().getAttributesList()).getOrDefault("service.name", "");
    resource
        .getScopeSpansList()
        .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(received(span, service))));
  }

  private static Received received(Span span, String service) {
    return new Received(
        hex(span.getTraceId()),
        hex(span.getSpanId()),
        hex(span.getParentSpanId()),
        span.getName(),
        span.getKind(),
        span.getStatus().getCodeValue() == 2,
        attributes(span.getAttributesList()),
        span.getLinksList().stream().map(link -> hex(link.getSpanId())).toList(),
        service,
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano());
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream()
        .collect(Collectors.toMap(KeyValue::getKey, entry -> text(entry.getValue())));
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> Long.toString(value.getIntValue());
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream()
              .map(OtlpCollector::text)
              .collect(Collectors.joining(","));
      default -> value.toString();
    };
  }

  /** All that has come. */
  public synchronized List<Received> spans() {
    return List.copyOf(spans);
  }

  /** Waits for a span. */
  public synchronized Received await(Predicate<Received> wanted) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (true) {
      for (Received span : spans) {
        if (wanted.test(span)) {
          return span;
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("no such span among " + spans);
      }
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted", e);
      }
    }
  }

  /** Waits for a span of this name. */
  public Received await(String name) {
    return await(span -> span.name().equals(name));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
