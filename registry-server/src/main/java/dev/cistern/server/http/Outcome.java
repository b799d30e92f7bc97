package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import dev.cistern.api.Route;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.UpstreamException;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one request, for the access log and the metrics. Recorded while the request is
 * answered, if {@link #watch} was called; read it when the exchange is complete. This class also
 * sets the headers that tell clients the same, for every request.
 */
public final class Outcome {

  /** Why an answer was cut off when the server knows no other reason. */
  public static final String CLIENT_LEFT = "the client left";

  /** Why an answer was cut off when its request outlasted the stop of the server. */
  static final String SERVER_STOPPED = "the server stopped";

  private static final AttachmentKey<Outcome> KEY = AttachmentKey.create(Outcome.class);

  /** What was asked for. */
  public enum Kind {
    /** A manifest, or whether there is one. */
    MANIFEST,
    /** A blob, or whether there is one. */
    BLOB,
    /** The tags of a repository. */
    TAGS,
    /** The referrers of a manifest. */
    REFERRERS,
    /** The list of repositories. */
    CATALOG,
    /** The endpoint {@code /v2/}, or a request that is invalid. */
    OTHER
  }

  private Kind kind = Kind.OTHER;
  private @Nullable Route route;
  private CacheResult result = CacheResult.FAILED;
  private @Nullable CacheStatus status;
  private @Nullable RegistryException failure;
  private @Nullable String cut;
  private @Nullable String user;
  private @Nullable LoginRefusal loginRefusal;

  private Outcome() {}

  /** The outcome of an exchange, recorded from now on. Call on its I/O thread. */
  public static Outcome watch(HttpServerExchange exchange) {
    Outcome known = exchange.getAttachment(KEY);
    if (known != null) {
      return known;
    }
    Outcome outcome = new Outcome();
    exchange.putAttachment(KEY, outcome);
    return outcome;
  }

  /** Records what is asked for. */
  static void asked(HttpServerExchange exchange, Kind kind, Route route) {
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null) {
      outcome.kind = kind;
      outcome.route = route;
    }
  }

  /** Records how the cache came to an answer, and sets the headers. */
  static void answered(HttpServerExchange exchange, CacheStatus status) {
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(CacheStatusHeader.NAME, CacheStatusHeader.of(status));
    PeerCheck.answered(exchange, status);
    if (status instanceof Stale stale) {
      StaleAnswer.mark(headers, stale);
    }
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null) {
      outcome.status = status;
      outcome.result = CacheResult.of(status);
    }
  }

  /** Records why the answer is an error, and sets the headers. */
  static void failed(HttpServerExchange exchange, RegistryException failure) {
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(CacheStatusHeader.NAME, CacheStatusHeader.of(failure));
    PeerCheck.failed(exchange, failure);
    if (failure instanceof UpstreamException upstream
        && upstream.kind() == UpstreamException.Kind.ABSENT_BEFORE) {
      StaleAnswer.mark(headers, upstream);
    }
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null) {
      outcome.failure = failure;
      outcome.result = CacheResult.of(failure);
    }
  }

  /** Records why an answer was cut off after its headers were sent. */
  static void cut(HttpServerExchange exchange, Throwable cause) {
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null) {
      outcome.cut = String.valueOf(cause.getMessage());
    }
  }

  /** Records the user who has logged in; empty: no login. */
  public static void user(HttpServerExchange exchange, String name) {
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null && !name.isEmpty()) {
      outcome.user = name;
    }
  }

  /** Records that the credentials of the client were not accepted. */
  public static void refused(HttpServerExchange exchange, LoginRefusal reason) {
    Outcome outcome = exchange.getAttachment(KEY);
    if (outcome != null) {
      outcome.loginRefusal = reason;
    }
  }

  /** What was asked for. */
  public Kind kind() {
    return kind;
  }

  /** What was asked for, with the names of the cache; empty for a request that is invalid. */
  public Optional<Route> route() {
    return Optional.ofNullable(route);
  }

  /** How the answer came about, in one word. */
  public CacheResult result() {
    return result;
  }

  /** How the cache came to the answer; empty without one. */
  public Optional<CacheStatus> status() {
    return Optional.ofNullable(status);
  }

  /** Why the answer is an error. */
  public Optional<RegistryException> failure() {
    return Optional.ofNullable(failure);
  }

  /** The request to the upstream for this answer; empty when there was none. */
  public Optional<Forward> forward() {
    return failure instanceof UpstreamException upstream
        ? Optional.of(new Forward(upstream.upstream(), upstream.status(), upstream.time()))
        : status().flatMap(CacheStatus::forward);
  }

  /** Why the answer was cut off after its headers were sent, if the server knows. */
  public Optional<String> cut() {
    return Optional.ofNullable(cut);
  }

  /** Why the answer of a complete exchange was cut off; empty if it is whole. */
  public Optional<String> cut(HttpServerExchange completed) {
    boolean whole =
        Answers.isHead(completed)
            || completed.getResponseBytesSent() >= completed.getResponseContentLength();
    if (whole || cut != null) {
      return cut();
    }
    return Optional.of(RequestsInProgress.isCutOff(completed) ? SERVER_STOPPED : CLIENT_LEFT);
  }

  /** Who has logged in; empty without a login. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** Why the credentials of the client were not accepted; empty if they were, or without any. */
  public Optional<LoginRefusal> loginRefusal() {
    return Optional.ofNullable(loginRefusal);
  }
}
