package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.VerificationProgress;
import dev.cistern.server.report.HumanReadable;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows the progress of a verification on a terminal. */
final class VerificationBar implements VerificationProgress, AutoCloseable {

  private final PrintStream terminal;
  private volatile @Nullable ProgressBar bar;

  VerificationBar(PrintStream terminal) {
    this.terminal = terminal;
  }

  @Override
  public void begin(long contents, long bytes) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(
                "Verifying "
                    + HumanReadable.count(contents, "blob or manifest", "blobs and manifests"))
            .setInitialMax(bytes)
            .setUnit(" MiB", 1 << 20)
            .showSpeed()
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .setConsumer(new ConsoleProgressBarConsumer(terminal))
            .build();
  }

  @Override
  public void read(long bytes) {
    ProgressBar drawn = bar;
    if (drawn != null) {
      drawn.stepBy(bytes);
    }
  }

  /** Leaves the bar on the terminal. The next output starts on a new line. */
  @Override
  public void close() {
    ProgressBar drawn = bar;
    if (drawn != null) {
      drawn.close();
    }
  }
}
