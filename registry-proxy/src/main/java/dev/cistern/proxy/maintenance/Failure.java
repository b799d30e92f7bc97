package dev.cistern.proxy.maintenance;

import java.util.Objects;

/**
 * Something that storage could not do. What it was about may be right or wrong: nobody knows.
 *
 * @param subject the digest or key that it was about
 * @param message what storage said
 */
public record Failure(String subject, String message) {

  public Failure {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(message, "message");
  }

  static Failure of(Object subject, Exception cause) {
    return new Failure(subject.toString(), cause.toString());
  }
}
