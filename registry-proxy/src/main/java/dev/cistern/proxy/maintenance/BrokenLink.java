package dev.cistern.proxy.maintenance;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.report.Outcome;
import java.util.Objects;

/**
 * A link that does not contain the digest that its name requires.
 *
 * @param key the key of the link in storage
 */
public record BrokenLink(RepositoryName repository, String key, Outcome outcome) {

  public BrokenLink {
    Objects.requireNonNull(repository, "repository");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(outcome, "outcome");
  }
}
