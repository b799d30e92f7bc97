package dev.cistern.examples.embedded;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;

/**
 * The name of an image to pull.
 *
 * @param repository the upstream's name of the repository: {@code library/alpine} on Docker Hub
 * @param reference the tag or digest; the default is {@code latest}
 */
record ImageName(RepositoryName repository, Reference reference) {

  /**
   * Parses {@code repository}, {@code repository:tag} or {@code repository@digest}.
   *
   * @throws RegistryException if a part of it does not match the specification
   */
  static ImageName parse(String text) throws RegistryException {
    int at = text.indexOf('@');
    if (at >= 0) {
      return new ImageName(
          RepositoryName.parse(text.substring(0, at)), Digest.parse(text.substring(at + 1)));
    }
    int colon = text.indexOf(':');
    return colon >= 0
        ? new ImageName(
            RepositoryName.parse(text.substring(0, colon)), Tag.parse(text.substring(colon + 1)))
        : new ImageName(RepositoryName.parse(text), Tag.parse("latest"));
  }

  @Override
  public String toString() {
    return repository + (reference instanceof Digest ? "@" : ":") + reference;
  }
}
