package dev.cistern.benchmarks;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A cache in a temporary directory, which is deleted at the end. */
final class CacheOnDisk implements AutoCloseable {

  private static final FreshnessPolicy FRESHNESS =
      new FreshnessPolicy(Duration.ofHours(1), Duration.ofSeconds(3));

  private final Path directory;
  private final PullThroughCache cache;

  CacheOnDisk(Upstream upstream) throws IOException {
    directory = Files.createTempDirectory("cistern-benchmark");
    cache =
        PullThroughCache.builder()
            .upstream(upstream)
            .storage(FilesystemDriver.open(directory))
            .freshness(FRESHNESS)
            .build();
  }

  PullThroughCache cache() {
    return cache;
  }

  @Override
  public void close() throws IOException {
    cache.close();
    List<Path> paths;
    try (Stream<Path> found = Files.walk(directory)) {
      paths = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
