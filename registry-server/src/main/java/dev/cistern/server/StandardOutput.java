package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Where commands print their results. It remembers that some of them were lost, which a {@link
 * PrintStream} does not tell: a script must not take a report that was cut off by a full disk for
 * the whole.
 */
final class StandardOutput extends OutputStream {

  private final OutputStream target;
  private @Nullable IOException failure;

  StandardOutput(OutputStream target) {
    this.target = target;
  }

  /** Prints to this. Each line is written at once. */
  PrintStream printer() {
    return new PrintStream(new BufferedOutputStream(this), true, Charset.defaultCharset());
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /**
   * The exit code of a command that has ended, after what it has printed was written.
   *
   * @param code what it is if nothing was lost
   */
  int exitCode(int code, PrintStream err) {
    IOException lost = failure;
    // The reader of a pipe that ends early, such as head, has what it wants. Java tells that only
    // in the system's words: where they are not English, it counts as lost.
    if (lost == null || String.valueOf(lost.getMessage()).contains("Broken pipe")) {
      return code;
    }
    err.println("Cannot write the output: " + lost.getMessage());
    return code == CommandLineInterface.OK ? CommandLineInterface.FAILED : code;
  }
}
