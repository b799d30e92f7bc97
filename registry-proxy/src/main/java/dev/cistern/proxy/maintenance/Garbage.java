package dev.cistern.proxy.maintenance;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.PlannedEviction;
import java.util.List;
import java.util.Objects;

/**
 * One content that has to go.
 *
 * @param eviction what it is, and why it goes
 * @param repositories that have it, in lexical order
 * @param outcome left, unless it was to go, nobody used it in the meantime, and storage let it go
 */
public record Garbage(
    PlannedEviction eviction, List<RepositoryName> repositories, Outcome outcome) {

  public Garbage {
    Objects.requireNonNull(eviction, "eviction");
    Objects.requireNonNull(outcome, "outcome");
    repositories = List.copyOf(repositories);
  }
}
