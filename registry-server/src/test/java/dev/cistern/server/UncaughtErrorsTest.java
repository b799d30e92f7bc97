package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UncaughtErrorsTest {

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<Integer> exitCodes = new ArrayList<>();

  private void endBy(Throwable failure) throws InterruptedException {
    Thread thread = new Thread(() -> UncaughtErrorsTest.<RuntimeException>sneak(failure));
    thread.setUncaughtExceptionHandler(new UncaughtErrors(err, exitCodes::add));
    thread.start();
    thread.join();
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void theProcessEndsWhenMemoryHasRunOut() throws InterruptedException {
    endBy(new OutOfMemoryError("Java heap space"));
    assertThat(exitCodes).containsExactly(UncaughtErrors.OUT_OF_MEMORY);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .containsPattern("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z")
        .contains("Out of memory", "-Xmx");
  }

  @Test
  void theProcessGoesOnWhenAThreadEndsByAFault() throws InterruptedException {
    endBy(new IllegalStateException("a fault"));
    assertThat(exitCodes).isEmpty();
  }
}
