package dev.cistern.proxy.upstream.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.internal.guard.GuardedHost;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** No request was sent to a host, because it is failing or asked for a pause. */
final class NotAskedException extends IOException {

  private final ErrorCode code;
  private final transient Optional<Duration> retryAfter;

  NotAskedException(GuardedHost.Refusal refusal) {
    super(refusal.reason());
    code = refusal.code();
    retryAfter = refusal.retryAfter();
  }

  ErrorCode code() {
    return code;
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
