package dev.cistern.server.admin;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads from storage. What was read lately is not read again, and a caller waits only for a short
 * time: after that, it gets what was read before, or else the answer is ready for the next caller.
 * Thread-safe.
 *
 * @param <K> what is asked for
 * @param <V> what is read
 */
final class Readings<K, V> {

  private static final int MOST_KEPT = 32;

  private final class Reading {
    private final FutureTask<V> result;

    /** What was read before this, for those that wait for this too long. */
    private final Optional<V> before;

    /** When it was read. To read a large store may take longer than the result is fresh. */
    private volatile long ended;

    Reading(Callable<V> reader, Optional<V> before) {
      this.before = before;
      result =
          new FutureTask<>(
              () -> {
                V read = reader.call();
                ended = nanos.getAsLong();
                return read;
              });
    }

    boolean isUsable() {
      return !result.isDone()
          || (value().isPresent() && nanos.getAsLong() - ended < fresh.toNanos());
    }

    Optional<V> latest() {
      Optional<V> value = value();
      return value.isPresent() ? value : before;
    }

    private Optional<V> value() {
      if (!result.isDone()) {
        return Optional.empty();
      }
      try {
        return Optional.of(result.get());
      } catch (ExecutionException | CancellationException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }

  private final Duration patience;
  private final Duration fresh;
  private final LongSupplier nanos;
  private final Executor thread;

  private final Map<K, Reading> readings = // guarded by itself
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Reading> eldest) {
          return size() > MOST_KEPT;
        }
      };

  /**
   * @param thread reads; may reject
   * @param patience how long a caller waits
   * @param fresh for how long a result is not read again
   * @param nanos the time, as {@link System#nanoTime}
   */
  Readings(Executor thread, Duration patience, Duration fresh, LongSupplier nanos) {
    this.thread = thread;
    this.patience = patience;
    this.fresh = fresh;
    this.nanos = nanos;
  }

  /**
   * What was read lately, or is read now. Blocks.
   *
   * @param reader reads it
   * @return empty if storage takes too long; ask again later
   * @throws IOException when storage cannot be read
   */
  Optional<V> read(K key, Callable<V> reader) throws IOException {
    Reading reading;
    try {
      reading = reading(key, reader);
    } catch (RejectedExecutionException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(reading.result.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return reading.before;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Reading reading(K key, Callable<V> reader) {
    synchronized (readings) {
      @Nullable Reading known = readings.get(key);
      if (known != null && known.isUsable()) {
        return known;
      }
      Reading reading = new Reading(reader, known == null ? Optional.empty() : known.latest());
      thread.execute(reading.result);
      readings.put(key, reading);
      return reading;
    }
  }

  /** Reads everything again from now on. */
  void forget() {
    synchronized (readings) {
      readings.clear();
    }
  }
}
