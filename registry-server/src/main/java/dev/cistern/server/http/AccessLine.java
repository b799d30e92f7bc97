package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.event.Forward;
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
 * @param forward the request to the upstream; null if there was none
 * @param code of the error that was answered; null if it was none
 * @param error why; null likewise
 * @param stale why the answer is stale; null if it is not
 * @param cut why the answer was cut off; null if it is whole
 * @param user who has logged in; null without a login
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
    CacheResult result,
    @Nullable Forward forward,
    @Nullable String code,
    @Nullable String error,
    @Nullable String stale,
    @Nullable String cut,
    @Nullable String user)
    implements LogFields {

  // A client may send up to a megabyte of each, and thousands of lines may wait in the queue.
  private static final int LONGEST_TARGET = 2_000;
  private static final int LONGEST = 500;

  /**
   * The line of an exchange that is complete. It keeps neither the exchange nor the failure,
   * because thousands of lines may wait, and the stack traces of a failure and of its causes are
   * large.
   */
  static AccessLine of(HttpServerExchange exchange, Outcome outcome, String id, long nanos) {
    Optional<RegistryException> failure = outcome.failure();
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
        outcome.result(),
        outcome.forward().orElse(null),
        failure.map(cause -> cause.code().wireName()).orElse(null),
        failure.map(cause -> shortened(cause.getMessage(), LONGEST)).orElse(null),
        stale(outcome),
        outcome.cut(exchange).orElse(null),
        outcome.user().map(name -> shortened(name, LONGEST)).orElse(null));
  }

  @Override
  public String text() {
    StringBuilder line = new StringBuilder(200);
    TextValue.append(line, method);
    TextValue.append(line.append(' '), target);
    line.append(' ').append(status).append(' ').append(bytes).append("B ").append(time(nanos));
    TextValue.appendPair(line, "cache", result.word());
    if (forward != null) {
      TextValue.appendPair(line, "upstream", forward.upstream());
      TextValue.appendPair(line, "waited", time(forward.time().toNanos()));
    }
    if (code != null) {
      TextValue.appendPair(line, "error", code + ": " + error);
    }
    if (stale != null) {
      TextValue.appendPair(line, "stale", stale);
    }
    if (cut != null) {
      TextValue.appendPair(line, "cut", cut);
    }
    TextValue.appendPair(line, "client", client);
    if (user != null) {
      TextValue.appendPair(line, "user", user);
    }
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
    fields.put("cache", result.word());
    if (forward != null) {
      fields.put("upstream", forward.upstream());
      forward.status().ifPresent(answered -> fields.put("upstream_status", answered));
      fields.put("upstream_ms", milliseconds(forward.time().toNanos()));
    }
    if (code != null && error != null) {
      fields.put("code", code);
      fields.put("error", error);
    }
    if (stale != null) {
      fields.put("stale", stale);
    }
    if (cut != null) {
      fields.put("cut", cut);
    }
    fields.put("client", client);
    if (user != null) {
      fields.put("user", user);
    }
    if (agent != null) {
      fields.put("agent", agent);
    }
    fields.put("id", id);
    return fields;
  }

  private static @Nullable String stale(Outcome outcome) {
    return outcome.status().orElse(null) instanceof Stale stale
        ? shortened(stale.reason(), LONGEST)
        : null;
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
