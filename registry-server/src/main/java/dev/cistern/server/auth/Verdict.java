package dev.cistern.server.auth;

import java.time.Duration;

/** What came of the credentials of a client. */
sealed interface Verdict {

  /** They are right. */
  record Accepted() implements Verdict {}

  /** They are wrong. */
  record Refused() implements Verdict {}

  /**
   * They were not checked.
   *
   * @param delay how long to wait before the next attempt
   */
  record Postponed(Duration delay) implements Verdict {}
}
