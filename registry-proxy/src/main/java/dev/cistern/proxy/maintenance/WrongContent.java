package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.report.Outcome;
import java.util.List;
import java.util.Objects;

/**
 * Content whose bytes do not have its digest.
 *
 * @param digest the digest under which it is stored
 * @param actual the digest of its bytes
 * @param size in bytes; zero: probably an empty file after a crash
 * @param repositories the repositories that have it, in lexical order
 * @param outcome whether it was removed, so that the next request fetches it again
 */
public record WrongContent(
    Digest digest, Digest actual, long size, List<RepositoryName> repositories, Outcome outcome) {

  public WrongContent {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(actual, "actual");
    Objects.requireNonNull(outcome, "outcome");
    repositories = List.copyOf(repositories);
  }

  WrongContent in(List<RepositoryName> owners) {
    return new WrongContent(digest, actual, size, owners, outcome);
  }
}
