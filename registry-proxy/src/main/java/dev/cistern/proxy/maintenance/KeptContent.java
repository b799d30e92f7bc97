package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * Content that is cached.
 *
 * @param size in bytes
 * @param lastUse when it was used last, as far as storage knows
 * @param repositories the repositories that have it, in lexical order
 */
public record KeptContent(
    Digest digest, Kind kind, long size, Instant lastUse, List<RepositoryName> repositories) {

  /** The kind of content. */
  public enum Kind {
    /** No repository has it as a manifest. */
    BLOB,
    /** At least one repository has it as a manifest. */
    MANIFEST
  }

  public KeptContent {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(lastUse, "lastUse");
    repositories = List.copyOf(repositories);
  }
}
