package dev.cistern.proxy.credential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A credential helper that is a shell script, and records each run. */
final class HelperScript {

  private final Path script;
  private final Path runs;

  private HelperScript(Path script, Path runs) {
    this.script = script;
    this.runs = runs;
  }

  /**
   * Writes a script.
   *
   * @param body runs with the server's URL in {@code $server} and the argument in {@code $1}
   */
  static HelperScript in(Path directory, String body) {
    HelperScript helper =
        new HelperScript(directory.resolve("docker-credential-test"), directory.resolve("runs"));
    helper.rewrite(body);
    return helper;
  }

  static HelperScript giving(Path directory, String username, String secret) {
    return in(directory, answer(username, secret));
  }

  static String answer(String username, String secret) {
    return "echo '{\"ServerURL\":\"x\",\"Username\":\"%s\",\"Secret\":\"%s\"}'"
        .formatted(username, secret);
  }

  void rewrite(String body) {
    String text = "#!/bin/sh\nserver=$(cat)\necho \"$1 $server\" >> " + runs + "\n" + body + "\n";
    try {
      // By another file: one that is open for writing cannot be run.
      Path next = Files.writeString(script.resolveSibling("next"), text);
      Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(next, script, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String command() {
    return script.toString();
  }

  /** Argument and server's URL of each run. */
  List<String> runs() {
    try {
      return Files.exists(runs) ? Files.readAllLines(runs) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
