package dev.cistern.proxy.report;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.PlannedEviction;
import java.util.List;
import java.util.Objects;

/**
 * Content that the limits require to evict.
 *
 * @param eviction the content, and why it is evicted
 * @param repositories the repositories that have it, in lexical order
 * @param outcome left in a dry run, if it was used in the meantime, or if it could not be deleted
 */
public record Garbage(
    PlannedEviction eviction, List<RepositoryName> repositories, Outcome outcome) {

  public Garbage {
    Objects.requireNonNull(eviction, "eviction");
    Objects.requireNonNull(outcome, "outcome");
    repositories = List.copyOf(repositories);
  }
}
