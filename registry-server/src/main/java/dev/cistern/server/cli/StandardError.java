package dev.cistern.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process's error stream is connected to. */
final class StandardError {

  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");

  private StandardError() {}

  /** Whether somebody sees it at once, on a terminal that can overwrite a line. */
  static boolean isTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(DESCRIPTOR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      // Elsewhere than on Linux nothing says so, and a bar in somebody's file is worse than none.
      return false;
    }
  }
}
