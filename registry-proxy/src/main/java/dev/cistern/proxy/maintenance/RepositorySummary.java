package dev.cistern.proxy.maintenance;

import dev.cistern.api.RepositoryName;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What a store has of a repository. Content that repositories share counts for each of them.
 *
 * @param tags how many tags are cached
 * @param contents how many blobs and manifests are cached
 * @param bytes the sum of their sizes
 * @param lastUse when one of them was used last; empty if none is cached
 * @param extent whether all of the repository was counted
 */
public record RepositorySummary(
    RepositoryName repository,
    long tags,
    long contents,
    long bytes,
    Optional<Instant> lastUse,
    Extent extent) {

  /** Whether a count is complete. */
  public enum Extent {
    /** All of it was counted. */
    ALL,
    /** The repository is so large that only a part was counted. */
    PART
  }

  public RepositorySummary {
    Objects.requireNonNull(repository, "repository");
    Objects.requireNonNull(lastUse, "lastUse");
    Objects.requireNonNull(extent, "extent");
  }
}
