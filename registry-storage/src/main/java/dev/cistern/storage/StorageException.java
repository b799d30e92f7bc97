package dev.cistern.storage;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A failure of a back-end whose kind is known, so that a cache can act on it. A driver that cannot
 * tell the kind throws another {@link IOException}.
 */
public final class StorageException extends IOException {

  /** What kind of failure it is. */
  public enum Kind {
    /** The back-end did not answer, or not in time, or answered that it is failing. Try later. */
    UNAVAILABLE,
    /** The back-end asks for fewer requests. Try later. */
    THROTTLED,
    /**
     * The back-end refuses the request, for example the credentials, or a write to what is
     * read-only. A retry does not help.
     */
    REFUSED,
    /** The back-end has no space left for a write. It can still be read. */
    FULL
  }

  private final Kind kind;

  /**
   * Makes a failure.
   *
   * @param message what failed, with the key and the back-end's reason; for the operator
   */
  public StorageException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind);
  }

  /** What kind of failure it is. */
  public Kind kind() {
    return kind;
  }
}
