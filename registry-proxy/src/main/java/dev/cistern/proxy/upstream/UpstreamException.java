package dev.cistern.proxy.upstream;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A call of an upstream failed. The message is {@code Cannot get <target> (upstream <name>):
 * <reason>}. The reason does not name what was requested, so that it can be used in the answers to
 * other requests. It has no stack trace.
 */
public final class UpstreamException extends RegistryException {

  /** What went wrong, for decisions and as a label. */
  public enum Kind {
    /** The host name could not be resolved. */
    DNS,
    /** There was no connection, or it broke. */
    CONNECTION,
    /** TLS failed: the certificate is not trusted, or there is no common version. */
    TLS,
    /** No answer in time. */
    TIMEOUT,
    /** It answered 5xx. */
    SERVER_ERROR,
    /** It, its token service or a redirect target answered 401 or 403. */
    REFUSED,
    /** Credentials are missing, cannot be read, or must not be sent to where they are required. */
    CREDENTIALS,
    /** It answered 404 before, and does not answer now. */
    ABSENT_BEFORE,
    /** It answered 429. */
    RATE_LIMITED,
    /** It answered 404. */
    ABSENT,
    /** It answered with a status that the protocol does not have for this request. */
    STATUS,
    /** Its answer contradicts itself or the protocol. */
    PROTOCOL,
    /** No request was sent, because it is known to fail or asked for a pause (429). */
    NOT_ASKED,
    /** The cache ended the call. */
    CANCELLED
  }

  /** What a failure says about other requests to the same host. */
  public enum Evidence {
    /** There was no connection to the host: other requests fail too. */
    NO_CONNECTION,
    /** No answer, or 502, 503 or 504: the host may be failing, or this request only. */
    NO_ANSWER,
    /** Another 5xx: this request fails, and others do only when the host is failing. */
    SERVER_ERROR,
    /** Nothing. */
    NONE;

    /** What an answer with this status says. */
    public static Evidence of(int status) {
      return switch (status) {
        case 502, 503, 504 -> NO_ANSWER;
        default -> status >= 500 ? SERVER_ERROR : NONE;
      };
    }
  }

  private final Kind kind;
  private final String upstream;
  private final Target target;
  private final String reason;
  private final OptionalInt status;
  private final Duration time;
  private final boolean unconnected;
  private final @Nullable String otherHost;

  private UpstreamException(Builder builder) {
    super(
        builder.code,
        "Cannot get " + builder.target + " (upstream " + builder.upstream + "): " + builder.reason,
        builder.cause,
        builder.retryAfter);
    kind = builder.kind;
    upstream = builder.upstream;
    target = builder.target;
    reason = builder.reason;
    status = builder.status;
    time = builder.time;
    unconnected = builder.unconnected;
    otherHost = builder.otherHost;
  }

  /**
   * None: the message says what failed, and the cause where. Thousands of requests may fail at
   * once, and some failures are remembered.
   */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /**
   * Describes a failure.
   *
   * @param upstream the upstream's name
   * @param target what was requested
   * @param reason why it failed, without naming what was requested
   */
  public static Builder builder(
      Kind kind, ErrorCode code, String upstream, Target target, String reason) {
    return new Builder(kind, code, upstream, target, reason);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /**
   * Whether the upstream may have refused only this form of the request: HEAD, or a range. A plain
   * GET may then succeed. Not after a rate limit, nor when the upstream is failing.
   */
  public boolean mayConcernFormOnly() {
    return switch (kind) {
      case ABSENT, REFUSED, CREDENTIALS, STATUS, PROTOCOL -> true;
      case SERVER_ERROR -> {
        int answered = status.orElse(0);
        yield answered != 502 && answered != 503 && answered != 504;
      }
      default -> false;
    };
  }

  /** The upstream's name. */
  public String upstream() {
    return upstream;
  }

  /** Why it failed, without naming what was requested. */
  public String reason() {
    return reason;
  }

  /** The HTTP status that it answered; empty when it did not. */
  public OptionalInt status() {
    return status;
  }

  /** What this says about other requests to the host that failed. */
  public Evidence evidence() {
    return switch (kind) {
      case DNS, TLS -> Evidence.NO_CONNECTION;
      case CONNECTION, TIMEOUT -> unconnected ? Evidence.NO_CONNECTION : Evidence.NO_ANSWER;
      case SERVER_ERROR -> Evidence.of(status.orElse(500));
      default -> Evidence.NONE;
    };
  }

  /**
   * The host that failed, when it is not the upstream itself: its token service, or a host that it
   * redirected to. Such a failure says nothing about the upstream.
   */
  public Optional<String> otherHost() {
    return Optional.ofNullable(otherHost);
  }

  /** How long the client waited for the upstream. */
  public Duration time() {
    return time;
  }

  /** This failure, for a client that requested {@code other}. */
  public UpstreamException about(Target other) {
    return other.equals(target) ? this : copy().target(other).build();
  }

  /** This failure, for a client that waited for this time. */
  public UpstreamException after(Duration waited) {
    return copy().time(waited).build();
  }

  @Override
  public UpstreamException withRetryAfter(Duration wait) {
    return copy().retryAfter(wait).build();
  }

  private Builder copy() {
    Builder copy = new Builder(kind, code(), upstream, target, reason).time(time);
    copy.status = status;
    copy.unconnected = unconnected;
    copy.otherHost = otherHost;
    copy.cause = getCause();
    copy.retryAfter = retryAfter().orElse(null);
    return copy;
  }

  /** Collects the parts of a failure. For one thread. */
  public static final class Builder {

    private final Kind kind;
    private final ErrorCode code;
    private final String upstream;
    private Target target;
    private final String reason;
    private OptionalInt status = OptionalInt.empty();
    private Duration time = Duration.ZERO;
    private @Nullable Throwable cause;
    private @Nullable Duration retryAfter;
    private boolean unconnected;
    private @Nullable String otherHost;

    private Builder(Kind kind, ErrorCode code, String upstream, Target target, String reason) {
      this.kind = Objects.requireNonNull(kind);
      this.code = Objects.requireNonNull(code);
      this.upstream = Objects.requireNonNull(upstream);
      this.target = Objects.requireNonNull(target);
      this.reason = Objects.requireNonNull(reason);
    }

    /** The HTTP status that it answered. */
    public Builder status(int answered) {
      status = OptionalInt.of(answered);
      return this;
    }

    /** There was no connection. */
    public Builder unconnected() {
      unconnected = true;
      return this;
    }

    /** The host that failed, when it is not the upstream itself. */
    public Builder otherHost(String host) {
      otherHost = host;
      return this;
    }

    /** What caused it. */
    public Builder cause(Throwable known) {
      cause = known;
      return this;
    }

    /** The pause that the upstream asks for; not negative. */
    public Builder retryAfter(Duration wait) {
      if (wait.isNegative()) {
        throw new IllegalArgumentException("retryAfter must not be negative: " + wait);
      }
      retryAfter = wait;
      return this;
    }

    /** The pause that the upstream asks for, if it does. */
    public Builder retryAfter(Optional<Duration> wait) {
      wait.ifPresent(this::retryAfter);
      return this;
    }

    private Builder target(Target other) {
      target = other;
      return this;
    }

    private Builder time(Duration waited) {
      time = waited;
      return this;
    }

    /** The failure. */
    public UpstreamException build() {
      return new UpstreamException(this);
    }
  }
}
