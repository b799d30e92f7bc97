package dev.cistern.server.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * An action that goes on after its request was answered.
 *
 * @param id identifies it in this process
 * @param kind what is done
 * @param subject to what
 * @param state how far it is
 * @param started when it was asked for
 * @param ended when it ended
 * @param detail what it did so far, or why it failed
 * @param result what it did, as JSON; empty if it has not ended, failed before it did anything, or
 *     did very much
 */
record Task(
    long id,
    Kind kind,
    String subject,
    State state,
    Instant started,
    Optional<Instant> ended,
    String detail,
    Optional<String> result) {

  /** What is done. */
  enum Kind {
    PURGE,
    WARM,
    GC
  }

  /** How far it is. */
  enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED
  }
}
