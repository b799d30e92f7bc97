package dev.cistern.server.admin;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.StoredRepositories;
import dev.cistern.proxy.maintenance.TagSummary;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Finds repositories and tags in storage, on one thread, so that a page never takes more of the
 * disk than that. Callers wait as {@link Readings} says. Thread-safe.
 */
final class Repositories implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration FRESH = Duration.ofSeconds(10);
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

  private final StoredRepositories stored;
  private final ThreadPoolExecutor thread;
  private final Readings<Search, Found> repositories;
  private final Readings<Search, FoundTags> tags;

  /**
   * @param nanos the time, as {@link System#nanoTime}
   */
  Repositories(StoredRepositories stored, LongSupplier nanos) {
    this.stored = stored;
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
    repositories = new Readings<>(thread, PATIENCE, FRESH, nanos);
    tags = new Readings<>(thread, PATIENCE, FRESH, nanos);
  }

  /**
   * Finds repositories by a part of their names. Blocks.
   *
   * @return empty if storage takes too long; ask again later
   * @throws IOException when storage cannot be read
   */
  Optional<Found> find(String containing, String after, int most) throws IOException {
    // Names of repositories have no upper case, and people write it.
    String part = containing.toLowerCase(Locale.ROOT);
    return repositories.read(new Search("", part, after, most), () -> read(part, after, most));
  }

  private Found read(String containing, String after, int most) throws IOException {
    List<RepositoryName> names = stored.search(containing, after, most + 1);
    List<RepositorySummary> found = new ArrayList<>();
    for (RepositoryName name : names.subList(0, Math.min(most, names.size()))) {
      found.add(stored.summary(name));
    }
    return new Found(
        found, names.size() > most ? Optional.of(names.get(most - 1).value()) : Optional.empty());
  }

  /** Finds tags by a part of their names. As {@link #find}. */
  Optional<FoundTags> tags(RepositoryName repository, String containing, String after, int most)
      throws IOException {
    return tags.read(
        new Search(repository.value(), containing, after, most),
        () -> read(stored.tags(repository, containing, after, most + 1), most));
  }

  private static FoundTags read(List<TagSummary> tags, int most) {
    return tags.size() > most
        ? new FoundTags(tags.subList(0, most), Optional.of(tags.get(most - 1).tag().value()))
        : new FoundTags(tags, Optional.empty());
  }

  /** Reads everything again from now on. */
  void forget() {
    repositories.forget();
    tags.forget();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
