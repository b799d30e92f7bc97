package dev.cistern.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request failed. The message says what was attempted, on what, and why it failed. Clients see
 * it, so it contains no credentials and no addresses that contain credentials.
 */
public class RegistryException extends Exception {

  private final ErrorCode code;
  private final @Nullable Duration retryAfter;

  /** A failure without an underlying exception. */
  public RegistryException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  /** A failure with its cause. */
  public RegistryException(ErrorCode code, String message, Throwable cause) {
    this(code, message, cause, null);
  }

  /**
   * For subtypes.
   *
   * @param cause the underlying exception, if any
   * @param retryAfter how long a client should wait before it tries again, if that is known
   */
  protected RegistryException(
      ErrorCode code, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
    super(message, cause);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** What was attempted, on what, and why it failed; never null. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code.wireName() : message;
  }

  /** The kind of failure, which decides the status of the response. */
  public ErrorCode code() {
    return code;
  }

  /** How long a client should wait before it tries again; empty if that is not known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /**
   * Copies this failure with a time to wait. The copy has the same code, message, cause and stack
   * trace, but not the subtype.
   *
   * @param wait starting now, not negative
   */
  public RegistryException withRetryAfter(Duration wait) {
    if (wait.isNegative()) {
      throw new IllegalArgumentException(
          "Invalid time to wait: " + wait + "; it must not be negative");
    }
    RegistryException copy = new RegistryException(code, getMessage(), getCause(), wait);
    copy.setStackTrace(getStackTrace());
    return copy;
  }
}
