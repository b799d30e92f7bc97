package dev.cistern.proxy.upstream.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Maps an upstream's refusals and the network's failures to errors of the registry. Every message
 * names the upstream and the cause, and none contains credentials.
 */
final class UpstreamErrors {

  private static final int MAX_CAUSE = 200;

  private final RemoteUrl remote;
  private final RealmPolicy policy;
  private final InstantSource clock;

  UpstreamErrors(RemoteUrl remote, RealmPolicy policy, InstantSource clock) {
    this.remote = remote;
    this.policy = policy;
    this.clock = clock;
  }

  /** There was no answer, or it ended early or contradicts itself. */
  UpstreamException failed(Attempt attempt, IOException failure) {
    if (failure instanceof HostFailure other) {
      UpstreamException.Builder error = failure(attempt, other.failure(), after(attempt, other));
      return error.otherHost(other.host()).build();
    }
    return failure(attempt, failure, "").build();
  }

  private static String after(Attempt attempt, HostFailure other) {
    // A token service is named by the attempt.
    return attempt.tokenOf().isPresent()
        ? ""
        : "after a redirect to " + Printable.line(other.host(), MAX_CAUSE) + ": ";
  }

  private UpstreamException.Builder failure(Attempt attempt, IOException cause, String after) {
    if (cause instanceof NotAskedException known) {
      return error(Kind.NOT_ASKED, known.code(), attempt, after + known.getMessage())
          .retryAfter(known.retryAfter());
    }
    if (cause instanceof NoMemoryException full) {
      return error(Kind.CANCELLED, ErrorCode.UNAVAILABLE, attempt, describe(full))
          .retryAfter(full.retryAfter())
          .cause(full);
    }
    if (cause instanceof CallEndedException || Thread.currentThread().isInterrupted()) {
      return error(Kind.CANCELLED, ErrorCode.UNAVAILABLE, attempt, after + describe(cause))
          .cause(cause);
    }
    Kind kind = kind(cause);
    ErrorCode code = kind == Kind.TIMEOUT ? ErrorCode.GATEWAY_TIMEOUT : ErrorCode.BAD_GATEWAY;
    UpstreamException.Builder error =
        error(kind, code, attempt, after + describe(cause)).cause(cause);
    return evidence(cause) == Evidence.NO_CONNECTION ? error.unconnected() : error;
  }

  /** What a failure says about other requests to the same host. */
  static Evidence evidence(IOException cause) {
    return switch (kind(cause)) {
      case DNS, TLS -> Evidence.NO_CONNECTION;
      case CONNECTION, TIMEOUT ->
          cause instanceof ConnectException
                  || cause instanceof NoRouteToHostException
                  || cause instanceof ConnectTimeoutException
              ? Evidence.NO_CONNECTION
              : Evidence.NO_ANSWER;
      default -> Evidence.NONE;
    };
  }

  private static Kind kind(IOException cause) {
    if (cause instanceof UnknownHostException) {
      return Kind.DNS;
    }
    if (cause instanceof SSLException) {
      return Kind.TLS;
    }
    if (cause instanceof InterruptedIOException) {
      return Kind.TIMEOUT;
    }
    return cause instanceof ProtocolException ? Kind.PROTOCOL : Kind.CONNECTION;
  }

  /** The answer has an unexpected status. Reads the beginning of its body. */
  UpstreamException refused(Attempt attempt, Exchange answer) {
    return refused(attempt, answer, said(attempt, answer));
  }

  /** What the body of an error says. Reads its beginning. */
  ErrorExcerpt said(Attempt attempt, Exchange answer) {
    return maySpeak(attempt, answer) ? ErrorExcerpt.of(answer) : ErrorExcerpt.NONE;
  }

  /** As above, when the body was read before. */
  UpstreamException refused(Attempt attempt, Exchange answer, ErrorExcerpt said) {
    int status = answer.status();
    StringBuilder reason = new StringBuilder("it answered ").append(status);
    answer
        .redirectedTo()
        .ifPresent(
            host -> reason.append(" after a redirect to ").append(Printable.line(host, MAX_CAUSE)));
    if (!said.text().isEmpty()) {
      reason.append(": ").append(said.text());
    } else if (status == 508) {
      // The answer to a HEAD request has no text.
      reason.append(
          ": the request has come back to the server that sent it, probably this cache; set"
              + " proxy.remoteurl to the registry to fetch from");
    }
    if (status == 401 && answer.request().header("Authorization") == null) {
      reason.append(" (no credentials were sent)");
    }
    Optional<Duration> retryAfter =
        status == 429 || status == 503 ? RetryAfter.of(answer, clock.instant()) : Optional.empty();
    UpstreamException.Builder error =
        error(kind(status), RefusalCode.of(attempt, answer, said), attempt, reason.toString())
            .status(status)
            .retryAfter(retryAfter);
    answer.redirectedTo().ifPresent(error::otherHost);
    return error.build();
  }

  /**
   * Only the registry, and a token service that belongs to it, may say something to clients:
   * another host's text may be from anywhere.
   */
  private boolean maySpeak(Attempt attempt, Exchange answer) {
    return answer.redirectedTo().isEmpty()
        && (attempt.tokenOf().isEmpty() || policy.isTrusted(answer.url()));
  }

  private static Kind kind(int status) {
    return switch (status) {
      case 401, 403 -> Kind.REFUSED;
      case 404 -> Kind.ABSENT;
      case 429 -> Kind.RATE_LIMITED;
      default -> status >= 500 ? Kind.SERVER_ERROR : Kind.STATUS;
    };
  }

  /** Credentials are missing or must not be sent. */
  UpstreamException notSent(Attempt attempt, String objection) {
    return credentials(ErrorCode.DENIED, attempt, objection).build();
  }

  /** Configured credentials cannot be read. */
  UpstreamException noCredentials(Attempt attempt, IOException cause) {
    String reason = "its credentials cannot be read: " + excerpt(cause);
    return credentials(ErrorCode.UNAVAILABLE, attempt, reason).cause(cause).build();
  }

  private UpstreamException.Builder credentials(ErrorCode code, Attempt attempt, String reason) {
    UpstreamException.Builder error = error(Kind.CREDENTIALS, code, attempt, reason);
    attempt.answered().ifPresent(error::status);
    return error;
  }

  /** The thread was interrupted while it waited. */
  UpstreamException interrupted(Attempt attempt) {
    return error(
            Kind.CANCELLED, ErrorCode.UNAVAILABLE, attempt, "the waiting thread was interrupted")
        .build();
  }

  private UpstreamException.Builder error(
      Kind kind, ErrorCode code, Attempt attempt, String reason) {
    Optional<Attempt.TokenOf> token = attempt.tokenOf();
    if (token.isEmpty()) {
      return UpstreamException.builder(kind, code, remote.name(), attempt.target(), reason);
    }
    String scopes = token.get().scopes();
    String host = token.get().host();
    return UpstreamException.builder(
            kind,
            code,
            remote.name(),
            attempt.target(),
            "no token for " + scopes + " from " + host + ": " + reason)
        .otherHost(host);
  }

  /** What happened, without naming what was requested. */
  static String describe(IOException cause) {
    if (cause instanceof UnknownHostException) {
      return "the host name cannot be resolved: " + excerpt(cause);
    }
    if (cause instanceof SSLException) {
      return "TLS failed: " + excerpt(cause);
    }
    if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
      return "no connection: " + excerpt(cause);
    }
    if (cause instanceof SocketTimeoutException) {
      return "timed out: " + excerpt(cause);
    }
    return excerpt(cause);
  }

  private static String excerpt(IOException cause) {
    return Optional.ofNullable(cause.getMessage())
        .map(message -> Printable.line(message, MAX_CAUSE))
        .filter(message -> !message.isEmpty())
        .orElseGet(() -> cause.getClass().getSimpleName());
  }
}
