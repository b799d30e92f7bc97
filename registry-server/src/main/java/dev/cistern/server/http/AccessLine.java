package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.server.logging.LogFields;
import dev.cistern.server.logging.TextValue;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line of the access log. In text:
 *
 * <pre>
 * GET /v2/library/alpine/manifests/3 200 528B 31ms cache=miss upstream=registry-1.docker.io
 *     waited=30ms client=10.0.0.7 agent="docker/27.1" id=5be0d1f3a94c7e26
 * </pre>
 *
 * In JSON, each of these is a member. Times are in milliseconds, sizes in bytes.
 *
 * @param target path and query
 * @param bytes how many bytes of the body were sent
 * @param nanos the time from the request to the end of its answer
 * @param agent the client's {@code User-Agent}; null if it sent none
 * @param outcome of an exchange that is complete
 * @param cut why the answer was cut off; null if it is whole
 */
record AccessLine(
    String method,
    String target,
    String protocol,
    int status,
    long bytes,
    long nanos,
    String client,
    @Nullable String agent,
    String id,
    Outcome outcome,
    @Nullable String cut)
    implements LogFields {

  // A client may send up to a megabyte of each, and thousands of lines may wait in the queue.
  private static final int LONGEST_TARGET = 2_000;
  private static final int LONGEST = 500;

  static AccessLine of(HttpServerExchange exchange, Outcome outcome, String id, long nanos) {
    String agent = exchange.getRequestHeaders().getFirst(Headers.USER_AGENT);
    return new AccessLine(
        shortened(exchange.getRequestMethod().toString(), LONGEST),
        shortened(RequestTarget.pathAndQuery(exchange), LONGEST_TARGET),
        shortened(exchange.getProtocol().toString(), LONGEST),
        exchange.getStatusCode(),
        exchange.getResponseBytesSent(),
        nanos,
        exchange.getSourceAddress().getAddress().getHostAddress(),
        agent == null ? null : shortened(agent, LONGEST),
        id,
        outcome,
        outcome.cut(exchange).orElse(null));
  }

  @Override
  public String text() {
    StringBuilder line = new StringBuilder(200);
    TextValue.append(line, method);
    TextValue.append(line.append(' '), target);
    line.append(' ').append(status).append(' ').append(bytes).append("B ").append(time(nanos));
    TextValue.appendPair(line, "cache", outcome.result().word());
    outcome
        .forward()
        .ifPresent(
            asked -> {
              TextValue.appendPair(line, "upstream", asked.upstream());
              TextValue.appendPair(line, "waited", time(asked.time().toNanos()));
            });
    outcome
        .failure()
        .ifPresent(
            failure ->
                TextValue.appendPair(
                    line, "error", failure.code().wireName() + ": " + reason(failure)));
    stale().ifPresent(reason -> TextValue.appendPair(line, "stale", reason));
    if (cut != null) {
      TextValue.appendPair(line, "cut", cut);
    }
    TextValue.appendPair(line, "client", client);
    outcome.user().ifPresent(name -> TextValue.appendPair(line, "user", shortened(name, LONGEST)));
    if (agent != null) {
      TextValue.appendPair(line, "agent", agent);
    }
    TextValue.appendPair(line, "id", id);
    return line.toString();
  }

  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("method", method);
    fields.put("path", target);
    fields.put("protocol", protocol);
    fields.put("status", status);
    fields.put("bytes", bytes);
    fields.put("duration_ms", milliseconds(nanos));
    fields.put("cache", outcome.result().word());
    outcome
        .forward()
        .ifPresent(
            asked -> {
              fields.put("upstream", asked.upstream());
              asked.status().ifPresent(answered -> fields.put("upstream_status", answered));
              fields.put("upstream_ms", milliseconds(asked.time().toNanos()));
            });
    outcome
        .failure()
        .ifPresent(
            failure -> {
              fields.put("code", failure.code().wireName());
              fields.put("error", reason(failure));
            });
    stale().ifPresent(reason -> fields.put("stale", reason));
    if (cut != null) {
      fields.put("cut", cut);
    }
    fields.put("client", client);
    outcome.user().ifPresent(name -> fields.put("user", shortened(name, LONGEST)));
    if (agent != null) {
      fields.put("agent", agent);
    }
    fields.put("id", id);
    return fields;
  }

  private Optional<String> stale() {
    return outcome
        .status()
        .filter(Stale.class::isInstance)
        .map(status -> shortened(((Stale) status).reason(), LONGEST));
  }

  private static String reason(RegistryException failure) {
    return shortened(failure.getMessage(), LONGEST);
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "...";
  }

  /** Times below 10 ms have one decimal. */
  private static String time(long nanos) {
    double milliseconds = nanos / 1e6;
    return milliseconds < 10
        ? String.format(Locale.ROOT, "%.1fms", milliseconds)
        : Math.round(milliseconds) + "ms";
  }

  private static double milliseconds(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }
}
