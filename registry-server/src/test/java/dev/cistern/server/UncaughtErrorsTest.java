package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UncaughtErrorsTest {

  private final List<Integer> exitCodes = new ArrayList<>();

  private void endBy(Throwable failure) throws InterruptedException {
    Thread thread = new Thread(() -> UncaughtErrorsTest.<RuntimeException>sneak(failure));
    thread.setUncaughtExceptionHandler(new UncaughtErrors(exitCodes::add));
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
  }

  @Test
  void theProcessGoesOnWhenAThreadEndsByAFault() throws InterruptedException {
    endBy(new IllegalStateException("a fault"));
    assertThat(exitCodes).isEmpty();
  }
}
