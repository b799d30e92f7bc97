package dev.cistern.server.cli;

import dev.cistern.proxy.WarmingListener;
import java.io.OutputStream;

/**
 * Shows the progress of images that are being warmed. All methods but the log's are for one thread.
 */
interface WarmDisplay extends AutoCloseable {

  /** An image is being warmed now. */
  WarmingListener started(WantedImage image);

  /** It is no longer. */
  void ended(WantedImage image);

  /** Prints results, beside what this shows. */
  void print(Runnable lines);

  /** Shows what has changed. To be called a few times a second. */
  void draw();

  /** For log lines beside what this shows. Thread-safe. */
  OutputStream log();

  @Override
  void close();
}
