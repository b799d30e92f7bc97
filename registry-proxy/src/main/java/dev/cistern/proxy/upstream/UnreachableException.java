package dev.cistern.proxy.upstream;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The upstream as such does not work: no connection, no answer in time, or a failure of its own
 * (5xx). Other requests to it are likely to fare the same.
 */
public final class UnreachableException extends RegistryException {

  private final boolean answered;

  /** No answer. */
  public UnreachableException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
    answered = false;
  }

  /** An answer that says so. */
  public UnreachableException(ErrorCode code, String message, @Nullable Duration retryAfter) {
    super(code, message, null, retryAfter);
    answered = true;
  }

  /** Whether the upstream said so itself, in which case it may do so for this request alone. */
  public boolean isAnswer() {
    return answered;
  }
}
