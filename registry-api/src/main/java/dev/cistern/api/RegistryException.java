package dev.cistern.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be answered with what it asked for. The message says what was attempted, on
 * what, and why it failed; it goes to clients, so it holds no credentials and no addresses that
 * carry any.
 */
public class RegistryException extends Exception {

  private final ErrorCode code;
  private final @Nullable Duration retryAfter;

  /** A failure that is known at first hand. */
  public RegistryException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  /** A failure that another one caused. */
  public RegistryException(ErrorCode code, String message, Throwable cause) {
    this(code, message, cause, null);
  }

  /**
   * For subtypes.
   *
   * @param cause what caused this, if that is known
   * @param retryAfter how long to wait before asking again, if somebody said
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

  /** The kind of failure, which decides the status of the answer. */
  public ErrorCode code() {
    return code;
  }

  /** How long to wait before asking again is worth it; empty when nobody said. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /**
   * This failure with a time to wait: same code, message, cause and stack trace, not the subtype.
   *
   * @param wait from now on; not negative
   */
  public RegistryException withRetryAfter(Duration wait) {
    if (wait.isNegative()) {
      throw new IllegalArgumentException("Cannot wait for a negative time: " + wait);
    }
    RegistryException copy = new RegistryException(code, getMessage(), getCause(), wait);
    copy.setStackTrace(getStackTrace());
    return copy;
  }
}
