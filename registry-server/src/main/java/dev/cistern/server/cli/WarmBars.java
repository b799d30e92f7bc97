package dev.cistern.server.cli;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.proxy.ImageSource.Origin;
import dev.cistern.proxy.WarmingListener;
import dev.cistern.server.report.HumanReadable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A progress bar for each blob that is being fetched, at the end of a terminal. Results and log
 * lines are printed above them. The bars are drawn by ANSI sequences here: the library that draws
 * the bar of {@code verify} needs a native library for more than one. Thread-safe.
 */
final class WarmBars implements WarmDisplay {

  /** A line must not wrap, or it could not be overwritten. */
  private static final int NAME = 26;

  private static final int BAR = 18;
  private static final int DIGEST = 12;

  private static final String UP = "\033[%dA\r";
  private static final String CLEAR_BELOW = "\033[J";

  private record Key(WantedImage image, Digest digest) {}

  private record State(long size, long received) {}

  private final PrintStream terminal;

  // Guarded by this.
  private final Set<WantedImage> running = new HashSet<>();
  private final Map<Key, State> bars = new LinkedHashMap<>();
  private int drawn;

  WarmBars(PrintStream terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized WarmingListener started(WantedImage image) {
    running.add(image);
    return new WarmingListener() {
      @Override
      public void blobRequested(Descriptor blob) {
        set(image, blob, 0);
      }

      @Override
      public void blobAdvanced(Descriptor blob, long bytes) {
        set(image, blob, bytes);
      }

      @Override
      public void blobEnded(Descriptor blob, Origin origin) {
        remove(new Key(image, blob.digest()));
      }
    };
  }

  private synchronized void set(WantedImage image, Descriptor blob, long received) {
    // The other blobs of an image that failed may still come.
    if (running.contains(image)) {
      bars.put(new Key(image, blob.digest()), new State(blob.size(), received));
    }
  }

  private synchronized void remove(Key bar) {
    bars.remove(bar);
  }

  @Override
  public synchronized void ended(WantedImage image) {
    running.remove(image);
    bars.keySet().removeIf(bar -> bar.image.equals(image));
  }

  @Override
  public synchronized void print(Runnable lines) {
    erase();
    lines.run();
    draw();
  }

  @Override
  public synchronized void draw() {
    StringBuilder text = new StringBuilder();
    bars.forEach((key, state) -> text.append(line(key, state)).append('\n'));
    erase();
    terminal.print(text);
    terminal.flush();
    drawn = bars.size();
  }

  private void erase() {
    if (drawn > 0) {
      terminal.printf(UP + CLEAR_BELOW, drawn);
      terminal.flush();
      drawn = 0;
    }
  }

  private static String line(Key key, State state) {
    String name = key.image.text();
    String end = name.length() > NAME ? "..." + name.substring(name.length() - NAME + 3) : name;
    double part = state.size == 0 ? 1 : Math.min(1, state.received / (double) state.size);
    int filled = (int) (part * BAR);
    return String.format(
        Locale.ROOT,
        "%-" + NAME + "s %s [%s%s] %3.0f%% %9s",
        end,
        key.digest.hex().substring(0, DIGEST),
        "=".repeat(filled),
        " ".repeat(BAR - filled),
        part * 100,
        HumanReadable.size(state.size));
  }

  @Override
  public OutputStream log() {
    return new FilterOutputStream(terminal) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (WarmBars.this) {
          erase();
          out.write(bytes, offset, length);
        }
      }
    };
  }

  @Override
  public synchronized void close() {
    erase();
  }
}
