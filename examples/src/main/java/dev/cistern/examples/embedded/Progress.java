package dev.cistern.examples.embedded;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Prints a line after each tenth of an image that was written. For use by one thread only, the
 * writer.
 */
final class Progress {

  private static final int STEPS = 10;

  private final int blobs;
  private final long total;
  private final PrintStream out;
  private int completed;
  private long written;
  private long printed;

  /**
   * Starts at zero.
   *
   * @param blobs the number of blobs
   * @param total their size in bytes, according to the manifest
   */
  Progress(int blobs, long total, PrintStream out) {
    this.blobs = blobs;
    this.total = total;
    this.out = out;
  }

  void written(int bytes) {
    written += bytes;
    print();
  }

  void completed() {
    completed++;
    if (completed == blobs) {
      print();
    }
  }

  private void print() {
    // The last step waits until all blobs are verified.
    long step =
        completed == blobs ? STEPS : Math.min(STEPS - 1, written * STEPS / Math.max(1, total));
    if (step > printed) {
      printed = step;
      out.printf(
          Locale.ROOT,
          "%4d %%  %.1f of %.1f MB, %d of %d blobs%n",
          step * 100 / STEPS,
          written / 1e6,
          total / 1e6,
          completed,
          blobs);
    }
  }
}
