package dev.cistern.server.cli;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.server.http.ImageName;
import dev.cistern.server.http.Routing;

/**
 * An image to warm.
 *
 * @param text as the user wrote it
 * @param repository its name in the cache
 * @param reference its tag or digest
 */
record WantedImage(String text, RepositoryName repository, Reference reference) {

  /**
   * Reads a name. Without a tag or digest, it is the tag {@code latest}.
   *
   * @throws RegistryException if it is not the name of an image of an upstream
   */
  static WantedImage parse(String text, Routing routing) throws RegistryException {
    if (text.isEmpty()) {
      throw new RegistryException(ErrorCode.NAME_INVALID, "the name is empty");
    }
    ImageName name = ImageName.parse(text, routing);
    return new WantedImage(text, name.repository(), name.referenceOrLatest());
  }

  /** Whether it is the same image, however it is written. */
  boolean isSame(WantedImage other) {
    return repository.equals(other.repository) && reference.equals(other.reference);
  }
}
