package dev.cistern.server.admin;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.StoredRepositories;
import dev.cistern.proxy.maintenance.TagSummary;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads repositories and tags from storage, on one thread of its own, so that a page never takes
 * more of the disk than that. What was read lately is not read again, and a caller waits only for a
 * short time: after that, the answer is ready for the next one. Thread-safe.
 */
final class Repositories implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final int MOST_KEPT = 32;
  private static final int MOST_WAITING = 16;

  /**
   * A part of the repositories.
   *
   * @param next the name after which the next part begins; empty at the end
   */
  record Found(List<RepositorySummary> repositories, Optional<String> next) {}

  /**
   * A part of the tags of a repository.
   *
   * @param next the tag after which the next part begins; empty at the end
   */
  record FoundTags(List<TagSummary> tags, Optional<String> next) {}

  private record Search(String repository, String containing, String after, int most) {}

  private record Reading(FutureTask<?> result, long started) {}

  private final StoredRepositories stored;
  private final LongSupplier nanos;
  private final ThreadPoolExecutor thread;

  private final Map<Search, Reading> readings = // guarded by itself
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Search, Reading> eldest) {
          return size() > MOST_KEPT;
        }
      };

  /**
   * @param nanos the time, as {@link System#nanoTime}
   */
  Repositories(StoredRepositories stored, LongSupplier nanos) {
    this.stored = stored;
    this.nanos = nanos;
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> {
              Thread thread = new Thread(task, "cistern-admin-storage");
              thread.setDaemon(true);
              return thread;
            });
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Finds repositories by a part of their names. Blocks.
   *
   * @return empty if storage takes too long; ask again later
   * @throws IOException when storage cannot be read
   */
  Optional<Found> find(String containing, String after, int most) throws IOException {
    return read(
        new Search("", containing, after, most),
        () -> {
          List<RepositoryName> names = stored.search(containing, after, most + 1);
          List<RepositorySummary> found = new ArrayList<>();
          for (RepositoryName name : names.subList(0, Math.min(most, names.size()))) {
            found.add(stored.summary(name));
          }
          return new Found(
              found,
              names.size() > most ? Optional.of(names.get(most - 1).value()) : Optional.empty());
        },
        Found.class);
  }

  /** Finds tags by a part of their names. As {@link #find}. */
  Optional<FoundTags> tags(RepositoryName repository, String containing, String after, int most)
      throws IOException {
    return read(
        new Search(repository.value(), containing, after, most),
        () -> {
          List<TagSummary> tags = stored.tags(repository, containing, after, most + 1);
          return tags.size() > most
              ? new FoundTags(tags.subList(0, most), Optional.of(tags.get(most - 1).tag().value()))
              : new FoundTags(tags, Optional.empty());
        },
        FoundTags.class);
  }

  private <T> Optional<T> read(Search search, Callable<T> reader, Class<T> type)
      throws IOException {
    FutureTask<?> result;
    try {
      result = reading(search, reader);
      return Optional.of(type.cast(result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)));
    } catch (TimeoutException | RejectedExecutionException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private FutureTask<?> reading(Search search, Callable<?> reader) {
    synchronized (readings) {
      @Nullable Reading known = readings.get(search);
      if (known != null
          && (!known.result.isDone() || nanos.getAsLong() - known.started < FRESH.toNanos())) {
        return known.result;
      }
      FutureTask<?> result = new FutureTask<>(reader);
      thread.execute(result);
      readings.put(search, new Reading(result, nanos.getAsLong()));
      return result;
    }
  }

  /** Reads everything anew from now on. */
  void forget() {
    synchronized (readings) {
      readings.clear();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
