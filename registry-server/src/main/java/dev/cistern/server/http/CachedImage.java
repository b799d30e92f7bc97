package dev.cistern.server.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Optional;

/**
 * An image by the name that people write: {@code alpine:3.20}, {@code ghcr.io/owner/image}, {@code
 * ghcr.io/owner/image@sha256:...}.
 *
 * @param repository its name in the cache
 * @param reference the tag or digest; empty for the whole repository
 */
public record CachedImage(RepositoryName repository, Optional<Reference> reference) {

  /**
   * Reads a name.
   *
   * @param routing knows the upstreams, and what {@code alpine} means
   * @throws RegistryException if it is no name of an image
   */
  public static CachedImage parse(String text, Routing routing) throws RegistryException {
    String image = text.replaceFirst("^(docker|https?)://", "");
    int at = image.indexOf('@');
    Optional<Reference> reference = Optional.empty();
    if (at >= 0) {
      reference = Optional.of(Digest.parse(image.substring(at + 1)));
      image = image.substring(0, at);
    }
    int colon = image.lastIndexOf(':');
    if (colon > image.lastIndexOf('/')) {
      if (reference.isEmpty()) {
        reference = Optional.of(Tag.parse(image.substring(colon + 1)));
      }
      image = image.substring(0, colon);
    }
    return new CachedImage(repository(image, routing), reference);
  }

  private static RepositoryName repository(String name, Routing routing) throws RegistryException {
    Optional<RepositoryName> repository =
        name.isEmpty()
            ? Optional.empty()
            : routing.target("/v2/" + name + "/manifests/latest", "", null).route().repository();
    return repository.orElseThrow(
        () ->
            new RegistryException(
                ErrorCode.NAME_INVALID, Printable.quoted(name) + " is not the name of an image"));
  }
}
