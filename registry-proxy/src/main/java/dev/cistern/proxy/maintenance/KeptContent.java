package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * One content that is kept.
 *
 * @param size in bytes
 * @param lastUse when it was used last, as far as storage knows
 * @param repositories that have it, in lexical order
 */
public record KeptContent(
    Digest digest, Kind kind, long size, Instant lastUse, List<RepositoryName> repositories) {

  /** What content is. */
  public enum Kind {
    /** No repository has it as a manifest. */
    BLOB,
    /** Some repository has it as a manifest. */
    MANIFEST
  }

  public KeptContent {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(lastUse, "lastUse");
    repositories = List.copyOf(repositories);
  }
}
