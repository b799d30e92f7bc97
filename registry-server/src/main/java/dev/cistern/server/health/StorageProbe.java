package dev.cistern.server.health;

import dev.cistern.server.config.HealthConfig;
import dev.cistern.server.health.StorageState.Kind;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks again and again whether storage is writable, by storing a small object and deleting it. It
 * does so on a thread of its own, so that storage which hangs makes no one else wait: {@link
 * #state} only looks at the last result, and at how long a check has been in progress. Thread-safe.
 */
public final class StorageProbe implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StorageProbe.class);

  /**
   * All processes that share the storage use this key, so that none leaves an object behind for
   * ever. It is none of the keys of content.
   */
  static final String KEY = "cistern-health-check";

  /** How long a check may take. */
  static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final byte[] CONTENT =
      "Cistern stores and deletes this to see whether storage is writable.\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final StorageDriver driver;
  private final HealthConfig config;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService thread;

  // Guarded by this.
  private StorageState last;
  private int failures;
  private boolean checking;
  private long since;

  /**
   * Makes a probe that does not check anything yet.
   *
   * @param driver stays the caller's, and must be open until this is closed
   * @param nanoTime the time, as {@link System#nanoTime}
   */
  StorageProbe(StorageDriver driver, HealthConfig config, LongSupplier nanoTime) {
    this.driver = driver;
    this.config = config;
    this.nanoTime = nanoTime;
    last = StorageState.of(config.isEnabled() ? Kind.UNKNOWN : Kind.UNCHECKED);
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread daemon = new Thread(task, "cistern-health");
              daemon.setDaemon(true);
              return daemon;
            });
  }

  /**
   * Starts to check storage, unless the configuration disables that.
   *
   * @param driver of what is on this machine. Storage behind a network is not to be checked:
   *     clients do not need it, and all servers have the same
   */
  public static StorageProbe start(StorageDriver driver, HealthConfig config) {
    StorageProbe probe = new StorageProbe(driver, config, System::nanoTime);
    if (config.isEnabled()) {
      Future<?> unused =
          probe.thread.scheduleWithFixedDelay(
              probe::check, 0, config.interval().toMillis(), TimeUnit.MILLISECONDS);
    }
    return probe;
  }

  /** Checks storage once. Blocks. */
  void check() {
    begin();
    try {
      driver.put(KEY, ObjectBody.of(CONTENT));
      driver.delete(List.of(KEY));
      end();
    } catch (IOException | RuntimeException e) {
      end(e);
    }
  }

  private synchronized void begin() {
    checking = true;
    since = nanoTime.getAsLong();
  }

  private synchronized void end() {
    if (last.kind() == Kind.FAILING) {
      log.info("Storage is writable again");
    }
    checking = false;
    failures = 0;
    last = StorageState.of(Kind.WRITABLE);
  }

  private synchronized void end(Exception failure) {
    checking = false;
    failures++;
    if (thread.isShutdown() || failures < config.threshold()) {
      return;
    }
    if (last.kind() != Kind.FAILING) {
      log.warn(
          "Storage is not writable, so /readyz answers 503; the cache goes on serving clients: {}",
          failure.toString());
    }
    last = new StorageState(Kind.FAILING, failure.toString());
  }

  /** What is known now. Does not block. */
  synchronized StorageState state() {
    long waiting = checking ? nanoTime.getAsLong() - since : 0;
    return waiting > DEADLINE.toNanos()
        ? new StorageState(
            Kind.SILENT,
            "a write has been in progress for " + TimeUnit.NANOSECONDS.toSeconds(waiting) + " s")
        : last;
  }

  /** Ends the checks. Does not wait for one that hangs in storage. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
