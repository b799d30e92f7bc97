package dev.cistern.server.http;

/** Lets a body through up to a position, which the test moves forward. */
final class Tap {

  private long position;
  private boolean cut;

  /** Lets everything before {@code end} through. */
  synchronized void openTo(long end) {
    position = end;
    notifyAll();
  }

  /** Lets everything through. */
  void open() {
    openTo(Long.MAX_VALUE);
  }

  /** Lets nothing more through, ever: the body breaks off. */
  synchronized void cut() {
    cut = true;
    notifyAll();
  }

  /**
   * Waits until more than {@code sent} may go.
   *
   * @return up to where; not beyond {@code sent} when the body breaks off
   */
  synchronized long awaitBeyond(long sent) throws InterruptedException {
    while (!cut && position <= sent) {
      wait();
    }
    return cut ? sent : position;
  }
}
