package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks whether the disk answers at all. One that fails is no reason to go elsewhere, since the
 * cache passes content through; one that hangs lets everything wait that needs a file. So each
 * question has a thread of its own, at most one at a time, and all who ask meanwhile get its
 * answer. Thread-safe.
 */
public final class DiskQuestion {

  private static final Logger log = LoggerFactory.getLogger(DiskQuestion.class);

  /** How long an answer counts. */
  static final Duration COUNTS = Duration.ofSeconds(1);

  /** No request waits so long: those that ask from then on are not remembered. */
  static final Duration HANGS = Duration.ofSeconds(10);

  /** Uses the disk. */
  @FunctionalInterface
  public interface Use {
    /** May hang. A failure is an answer. */
    void run() throws IOException;
  }

  private final Use use;
  private final ThreadFactory threads;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private @Nullable CompletableFuture<@Nullable Void> last;
  private long begun;
  private long answered;

  /**
   * @param threads makes daemon threads: one may hang for ever
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  public DiskQuestion(Use use, ThreadFactory threads, LongSupplier nanoTime) {
    this.use = use;
    this.threads = threads;
    this.nanoTime = nanoTime;
  }

  /** Completes when the disk has answered, perhaps a moment ago; never if it hangs. */
  public CompletionStage<@Nullable Void> ask() {
    CompletableFuture<@Nullable Void> asked;
    synchronized (this) {
      CompletableFuture<@Nullable Void> before = last;
      long now = nanoTime.getAsLong();
      asked = new CompletableFuture<>();
      if (before != null && !before.isDone()) {
        return now - begun < HANGS.toNanos()
            ? before.minimalCompletionStage()
            : asked.minimalCompletionStage();
      }
      if (before != null && now - answered < COUNTS.toNanos()) {
        return before.minimalCompletionStage();
      }
      last = asked;
      begun = now;
    }
    Objects.requireNonNull(threads.newThread(() -> answer(asked)), "thread").start();
    return asked.minimalCompletionStage();
  }

  private void answer(CompletableFuture<@Nullable Void> asked) {
    try {
      use.run();
    } catch (IOException | RuntimeException e) {
      log.debug("The disk answered with a failure", e);
    } finally {
      synchronized (this) {
        answered = nanoTime.getAsLong();
      }
      asked.complete(null);
    }
  }
}
