package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.report.Outcome;
import java.util.List;
import java.util.Objects;

/**
 * A blob or manifest that a purge takes from its repository.
 *
 * @param size in bytes
 * @param elsewhere other repositories that have it, in lexical order; if there are any, it stays
 *     stored for them
 * @param outcome whether it was deleted from storage
 */
public record PurgedContent(
    Digest digest, long size, List<RepositoryName> elsewhere, Outcome outcome) {

  public PurgedContent {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(outcome, "outcome");
    elsewhere = List.copyOf(elsewhere);
  }

  /** Of the same content in two stores, what is said of the one where more repositories have it. */
  PurgedContent heldByMore(PurgedContent other) {
    return other.elsewhere.size() > elsewhere.size() ? other : this;
  }
}
