package dev.cistern.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The error stream of the process. */
final class StandardError {

  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");

  private StandardError() {}

  /** Whether it is a terminal that can overwrite a line. */
  static boolean isTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(DESCRIPTOR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      // Only Linux tells. Elsewhere, no progress bar is better than one in a log file.
      return false;
    }
  }
}
