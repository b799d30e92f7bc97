package dev.cistern.server.metrics;

import dev.cistern.proxy.event.CacheStatus.Stale;

/** Why the upstream did not confirm an answer, as a label. */
enum StaleReason {
  /** It could not be reached, took too long, or was not asked because it is failing. */
  NO_ANSWER,
  /** It answered 429. */
  RATE_LIMITED,
  /** It answered 5xx. */
  SERVER_ERROR,
  /** It answered another status, which does not say whether the content exists. */
  OTHER;

  static StaleReason of(Stale answer) {
    int status = answer.asked().status().orElse(0);
    if (status == 0) {
      return NO_ANSWER;
    }
    if (status == 429) {
      return RATE_LIMITED;
    }
    return status >= 500 ? SERVER_ERROR : OTHER;
  }
}
