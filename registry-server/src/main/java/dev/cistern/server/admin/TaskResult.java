package dev.cistern.server.admin;

import dev.cistern.server.report.Json;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a task did.
 *
 * @param end whether that was all
 * @param text for people
 * @param json the object that the command prints with {@code --json}; empty if it is very large
 */
record TaskResult(End end, String text, Optional<String> json) {

  /** Limits the memory for the results of fifty tasks. */
  private static final int LARGEST = 16 << 10;

  /** How it ended. */
  enum End {
    DONE,
    FAILED
  }

  static TaskResult done(String text, Consumer<Json> members) {
    return of(End.DONE, text, members);
  }

  static TaskResult failed(String text, Consumer<Json> members) {
    return of(End.FAILED, text, members);
  }

  private static TaskResult of(End end, String text, Consumer<Json> members) {
    return new TaskResult(
        end, text, Optional.of(Json.text(members)).filter(json -> json.length() <= LARGEST));
  }
}
