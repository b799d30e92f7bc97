package dev.cistern.proxy.internal.concurrent;

import java.util.concurrent.CompletionException;

/** The failure of a {@code CompletionStage}. */
public final class StageFailure {

  private StageFailure() {}

  /** The cause itself, without the {@link CompletionException} that dependent stages add. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
