package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads of stored content that are tried again while there is no memory for them. No thread waits:
 * the threads that read storage open the blobs of others meanwhile. Thread-safe.
 */
final class PatientReads {

  /** Of this process. */
  static final PatientReads OF_HEAP =
      new PatientReads(MetadataMemory.OF_HEAP, Duration.ofSeconds(10), timer());

  /** More than so many fail at once. Each try costs a look into storage. */
  private static final int MOST = 64;

  private static final long AGAIN_MILLIS = 100;

  private final MetadataMemory memory;
  private final Duration patience;
  private final ScheduledExecutorService timer;
  private final Semaphore places = new Semaphore(MOST);

  /**
   * @param patience how long to try
   * @param timer starts the tries, and runs the collector; stays the caller's
   */
  PatientReads(MetadataMemory memory, Duration patience, ScheduledExecutorService timer) {
    this.memory = memory;
    this.patience = patience;
    this.timer = timer;
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "memory-for-reads");
              thread.setDaemon(true);
              return thread;
            });
    timer.setKeepAliveTime(30, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /**
   * Reads. Returns at once.
   *
   * @param read starts one try, and does not block; it fails with {@link MemoryShortage} when there
   *     is no memory
   */
  public <V> CompletionStage<V> start(Supplier<? extends CompletionStage<V>> read) {
    CompletableFuture<V> result = new CompletableFuture<>();
    attempt(read, result, System.nanoTime() + patience.toNanos());
    return result;
  }

  private <V> void attempt(
      Supplier<? extends CompletionStage<V>> read, CompletableFuture<V> result, long end) {
    CompletionStage<V> tried;
    try {
      tried = read.get();
    } catch (RuntimeException | Error e) {
      // The timer would swallow it, and the request wait for ever.
      result.completeExceptionally(e);
      return;
    }
    tried.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            result.complete(value);
          } else if (!isShortage(failure) || System.nanoTime() - end >= 0 || !places.tryAcquire()) {
            result.completeExceptionally(StageFailure.cause(failure));
          } else {
            again(read, result, end);
          }
        });
  }

  private static boolean isShortage(Throwable failure) {
    return StageFailure.cause(failure) instanceof MemoryShortage;
  }

  private <V> void again(
      Supplier<? extends CompletionStage<V>> read, CompletableFuture<V> result, long end) {
    timer.execute(memory::collect);
    Future<?> unused =
        timer.schedule(
            () -> {
              places.release();
              attempt(read, result, end);
            },
            AGAIN_MILLIS,
            TimeUnit.MILLISECONDS);
  }
}
