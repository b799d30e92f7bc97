package dev.cistern.server.health;

/**
 * What the last check of storage found.
 *
 * @param kind the result
 * @param error why storage is not writable, for operators; empty otherwise
 */
public record StorageState(Kind kind, String error) {

  /** The results of a check. */
  public enum Kind {
    /** A check stored and deleted an object. */
    WRITABLE("writable"),
    /** Storage failed. */
    FAILING("failing"),
    /** A check has been waiting for storage for too long. */
    SILENT("does not answer"),
    /** The first check has not ended yet. */
    UNKNOWN("not checked yet"),
    /** The configuration disables the check. */
    UNCHECKED("not checked");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** The result in words, for people and programs. */
    public String words() {
      return words;
    }
  }

  static StorageState of(Kind kind) {
    return new StorageState(kind, "");
  }

  /** Whether the server may be ready with this. */
  boolean isUsable() {
    return kind == Kind.WRITABLE || kind == Kind.UNCHECKED;
  }
}
