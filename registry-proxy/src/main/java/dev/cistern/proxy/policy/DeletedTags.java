package dev.cistern.proxy.policy;

import dev.cistern.api.ErrorCode;

/**
 * What to answer for a cached tag that the upstream no longer gives out: it answers that the tag
 * does not exist, or it refuses the cache's credentials. Content by digest is served in any case.
 */
public enum DeletedTags {
  /** Serve the cached manifest, marked as stale. */
  SERVE,
  /** Pass the upstream's answer on. */
  REFUSE;

  /**
   * Whether a cached tag is served, marked as stale, after the upstream answered with this error.
   * After an error that is no answer to the question, it always is.
   */
  public boolean allowsStale(ErrorCode answer) {
    return switch (answer) {
      case BAD_GATEWAY,
          GATEWAY_TIMEOUT,
          LOOP_DETECTED,
          UNAVAILABLE,
          TOOMANYREQUESTS,
          REQUEST_REFUSED,
          MANIFEST_INVALID ->
          true;
      case MANIFEST_UNKNOWN, NAME_UNKNOWN, UNAUTHORIZED, DENIED -> this == SERVE;
      default -> false;
    };
  }
}
