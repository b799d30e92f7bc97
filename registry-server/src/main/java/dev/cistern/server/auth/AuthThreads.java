package dev.cistern.server.auth;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of authentication. A check of a password takes a processor for about a tenth of a
 * second, by the design of bcrypt; so these are half of the processors, and few checks wait. One
 * more thread reads changed files. Without authentication there is no thread. Thread-safe.
 */
public final class AuthThreads implements Executor, AutoCloseable {

  /** At a tenth of a second each, as many seconds as a client would wait. */
  private static final int MOST_WAITING = 100;

  private static final int IDLE_SECONDS = 30;

  private final ThreadPoolExecutor checks;
  private final ScheduledExecutorService files;

  /** Starts no thread yet. */
  public AuthThreads() {
    this(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MOST_WAITING);
  }

  AuthThreads(int threads, int mostWaiting) {
    checks =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(mostWaiting),
            named("cistern-auth-"));
    checks.allowCoreThreadTimeOut(true);
    files = Executors.newScheduledThreadPool(1, named("cistern-auth-files-"));
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Checks a file each second from now on. */
  void watch(WatchedFile<?> file) {
    var unused = files.scheduleWithFixedDelay(file::check, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * Runs a check when a thread is free.
   *
   * @throws RejectedExecutionException if too many checks are waiting
   */
  @Override
  public void execute(Runnable check) {
    checks.execute(check);
  }

  /** Drops the checks that wait. */
  @Override
  public void close() {
    checks.shutdownNow();
    files.shutdownNow();
  }
}
