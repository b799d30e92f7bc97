package dev.cistern.server.admin;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.maintenance.StoreStatistics;
import dev.cistern.server.report.StatisticsResult;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsFileChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts the whole store, as the command {@code stats} does, and with the uses that the cache
 * knows. That lists everything, so it is done on request, on one thread, and not again within ten
 * minutes unless something was removed or fetched on request. Thread-safe.
 */
final class StoreCount implements AutoCloseable {

  /** How many of the largest and of the oldest contents to name, as the command does. */
  private static final int TOP = 5;

  private static final Duration FRESH = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final PullThroughCache cache;
  private final StorageDriver driver;
  private final ThreadPoolExecutor thread;
  private final Readings<String, StoreStatistics> readings;

  /**
   * @param nanos the time, as {@link System#nanoTime}
   */
  StoreCount(PullThroughCache cache, StorageDriver driver, LongSupplier nanos) {
    this.cache = cache;
    this.driver = driver;
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(2),
            task -> {
              Thread thread = new Thread(task, "cistern-admin-count");
              thread.setDaemon(true);
              return thread;
            });
    thread.allowCoreThreadTimeOut(true);
    readings = new Readings<>(thread, PATIENCE, FRESH, nanos);
  }

  /**
   * The statistics. What is in memory is of now. Blocks for half a second at most: until the first
   * count is complete, it has no counts.
   *
   * @throws IOException when storage cannot be listed
   */
  StatisticsResult statistics() throws IOException {
    Optional<StoreStatistics> counted =
        readings.read("", () -> StoreStatistics.of(driver, cache::use, TOP));
    if (counted.isPresent() && !(driver instanceof SupportsFileChannel)) {
      // The cache itself knows only what it keeps of the bucket on this machine.
      return StatisticsResult.of(counted.get(), cache.limits());
    }
    return new StatisticsResult(counted, cache.diskUsage(), cache.limits());
  }

  /** Counts again when it is asked the next time. */
  void forget() {
    readings.forget();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
