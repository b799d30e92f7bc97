package dev.cistern.proxy.upstream.http;

import dev.cistern.api.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** No request was sent to a host, because it is failing or asked for a pause. */
final class NotAskedException extends IOException {

  private final ErrorCode code;
  private final transient Optional<Duration> retryAfter;

  private NotAskedException(ErrorCode code, String message, Optional<Duration> retryAfter) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static NotAskedException failing(String lastError, Duration untilNextTry) {
    return new NotAskedException(
        ErrorCode.BAD_GATEWAY,
        "it is failing (last error: "
            + lastError
            + "); next attempt in "
            + seconds(untilNextTry)
            + " s",
        Optional.empty());
  }

  static NotAskedException paused(Duration left) {
    return new NotAskedException(
        ErrorCode.TOOMANYREQUESTS,
        "it answered 429 (too many requests); next attempt in " + seconds(left) + " s",
        Optional.of(left));
  }

  private static long seconds(Duration time) {
    return Math.max(1, time.plusMillis(999).toSeconds());
  }

  ErrorCode code() {
    return code;
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
