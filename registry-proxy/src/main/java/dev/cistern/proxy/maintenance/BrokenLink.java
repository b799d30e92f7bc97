package dev.cistern.proxy.maintenance;

import dev.cistern.api.RepositoryName;
import java.util.Objects;

/**
 * A link that does not hold the digest that it should.
 *
 * @param key where it lies, or lay
 */
public record BrokenLink(RepositoryName repository, String key, Outcome outcome) {

  public BrokenLink {
    Objects.requireNonNull(repository, "repository");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(outcome, "outcome");
  }
}
