package dev.cistern.server.cli;

import dev.cistern.api.Descriptor;
import dev.cistern.proxy.ImageSource.Origin;
import dev.cistern.proxy.WarmingListener;
import dev.cistern.server.report.HumanReadable;
import java.io.OutputStream;
import java.io.PrintStream;

/** A line for each blob that was fetched: for logs, where nothing can be overwritten. */
final class WarmLines implements WarmDisplay {

  private final PrintStream err;

  WarmLines(PrintStream err) {
    this.err = err;
  }

  @Override
  public WarmingListener started(WantedImage image) {
    return new WarmingListener() {
      @Override
      public void blobEnded(Descriptor blob, Origin origin) {
        if (origin == Origin.FETCHED || origin == Origin.UNKNOWN) {
          err.printf(
              "%s %9s  %s  %s%n",
              origin == Origin.FETCHED ? "fetched" : "read   ",
              HumanReadable.size(blob.size()),
              blob.digest(),
              image.text());
        }
      }
    };
  }

  @Override
  public void ended(WantedImage image) {}

  @Override
  public void print(Runnable lines) {
    lines.run();
  }

  @Override
  public void draw() {}

  @Override
  public OutputStream log() {
    return err;
  }

  @Override
  public void close() {}
}
