package dev.cistern.examples.embedded;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Prints a line whenever another tenth of an image has arrived. For use by the one thread that
 * takes the turns.
 */
final class Progress {

  private static final int STEPS = 10;

  private final int blobs;
  private final long total;
  private final PrintStream out;
  private int completed;
  private long arrived;
  private long printed;

  /**
   * @param blobs how many there are
   * @param total how many bytes they have together, as the manifest says
   */
  Progress(int blobs, long total, PrintStream out) {
    this.blobs = blobs;
    this.total = total;
    this.out = out;
  }

  void arrived(int bytes) {
    arrived += bytes;
    print();
  }

  void completed() {
    completed++;
    if (completed == blobs) {
      print();
    }
  }

  private void print() {
    // The last step is for when everything has been verified.
    long step =
        completed == blobs ? STEPS : Math.min(STEPS - 1, arrived * STEPS / Math.max(1, total));
    if (step > printed) {
      printed = step;
      out.printf(
          Locale.ROOT,
          "%4d %%  %.1f of %.1f MB, %d of %d blobs%n",
          step * 100 / STEPS,
          arrived / 1e6,
          total / 1e6,
          completed,
          blobs);
    }
  }
}
