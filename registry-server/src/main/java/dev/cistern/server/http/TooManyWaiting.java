package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;

/**
 * A request is refused because too many wait. It has no stack trace, as thousands may be at once.
 */
final class TooManyWaiting extends RegistryException {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  TooManyWaiting() {
    this("Too many requests are waiting for an answer; try again later");
  }

  TooManyWaiting(String message) {
    super(ErrorCode.UNAVAILABLE, message, null, RETRY_AFTER);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
