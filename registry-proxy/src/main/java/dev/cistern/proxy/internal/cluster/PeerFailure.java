package dev.cistern.proxy.internal.cluster;

/**
 * A peer did not answer, or its answer is none that counts. Another source may have what was asked
 * for: this says nothing about it.
 */
final class PeerFailure extends Exception {

  private static final long serialVersionUID = 1L;

  /** What failed. */
  enum Kind {
    /** The peer, or the way to it. */
    PEER,
    /** The connection broke before an answer. */
    CONNECTION,
    /** The upstream of the peer, as the peer says. The next peer has the same one. */
    UPSTREAM,
    /** Nothing: another cache waits for this one, which must not wait for a third. */
    GIVEN_UP
  }

  private final Kind kind;

  PeerFailure(Kind kind, String reason) {
    super(reason, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
