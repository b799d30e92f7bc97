package dev.cistern.proxy.internal.fetch;

/** A piece that one receiver has to bring. Its state is guarded by the {@link Pieces} it is of. */
final class Claim {

  private final long start;
  private final long asked;
  private final boolean wanted;
  private long position;
  private long end;

  /** Before this position, the receiver may be writing. No other one may receive it. */
  private long admitted;

  /**
   * Nothing of it has come.
   *
   * @param wanted whether a reader waits for it
   */
  Claim(long start, long end, boolean wanted) {
    this.start = start;
    this.asked = end;
    this.wanted = wanted;
    position = start;
    admitted = start;
    this.end = end;
  }

  // What never changes.

  /** The position of its first byte. */
  long start() {
    return start;
  }

  /** Whether a reader waits for it. */
  boolean isWanted() {
    return wanted;
  }

  /** The position after its last byte, as it was claimed. The claim may be cut since. */
  long asked() {
    return asked;
  }

  // What the lock of the pieces guards.

  /** Where the next byte belongs. */
  long position() {
    return position;
  }

  /** The position after its last byte, as it is now. */
  long end() {
    return end;
  }

  /** How many bytes are missing. */
  long left() {
    return Math.max(0, end - position);
  }

  boolean has(long at) {
    return at >= start && at < end;
  }

  /** Leaves the bytes from here on to others, apart from those that are being written. */
  void cutAt(long limit) {
    end = Math.min(end, Math.max(admitted, limit));
  }

  /** Leaves all bytes to others that have not come. */
  void cut() {
    cutAt(position);
  }

  /** See {@link Pieces#admit(Claim, int)}. */
  int admit(int count) {
    int taken = (int) Math.min(count, left());
    admitted = position + taken;
    return taken;
  }

  /** Bytes are written that were admitted. */
  void received(int count) {
    position += count;
  }
}
