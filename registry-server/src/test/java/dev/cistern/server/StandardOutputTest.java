package dev.cistern.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class StandardOutputTest {

  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private int print(OutputStream target, int code) {
    StandardOutput output = new StandardOutput(target);
    PrintStream out = output.printer();
    out.println("first");
    out.print("second");
    out.flush();
    return output.exitCode(code, new PrintStream(errors, true, UTF_8));
  }

  private static OutputStream failing(String reason) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(reason);
      }
    };
  }

  @Test
  void whatIsPrintedIsWritten() {
    ByteArrayOutputStream target = new ByteArrayOutputStream();

    assertThat(print(target, 0)).isZero();
    assertThat(target.toString(UTF_8)).isEqualTo("first" + System.lineSeparator() + "second");
    assertThat(errors.size()).isZero();
  }

  @Test
  void outputThatIsLostFailsTheCommand() {
    assertThat(print(failing("No space left on device"), 0)).isEqualTo(1);
    assertThat(errors.toString(UTF_8)).contains("Cannot write the output: No space left on device");
    assertThat(print(failing("No space left on device"), 2)).isEqualTo(2);
  }

  @Test
  void aReaderThatHasSeenEnoughIsNoFailure() {
    assertThat(print(failing("Broken pipe"), 0)).isZero();
    assertThat(errors.size()).isZero();
  }
}
