package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import java.util.List;
import java.util.Objects;

/**
 * Bytes that are not what they are stored as.
 *
 * @param digest what they are stored as
 * @param actual what they hash to
 * @param size how many they are; zero: an older crash has left an empty file
 * @param repositories that have the content, in lexical order
 * @param outcome whether it has gone, so that the next request fetches it again
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
