package dev.cistern.proxy.report;

import dev.cistern.storage.FailureText;
import java.util.Objects;

/**
 * An operation of storage that failed. Whether the content is right is unknown.
 *
 * @param subject the digest or key of the operation
 * @param message the message of the failure
 */
public record Failure(String subject, String message) {

  public Failure {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(message, "message");
  }

  /** A failure with the text of its cause. */
  public static Failure of(Object subject, Exception cause) {
    return new Failure(subject.toString(), FailureText.of(cause));
  }
}
