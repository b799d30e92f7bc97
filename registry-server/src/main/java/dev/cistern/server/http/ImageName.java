package dev.cistern.server.http;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Objects;
import java.util.Optional;

/**
 * An image as people name it: {@code alpine}, {@code library/alpine:3.20}, {@code
 * ghcr.io/owner/app@sha256:...}.
 *
 * @param repository its name in the cache
 * @param reference the tag or digest; empty if the name has none
 */
public record ImageName(RepositoryName repository, Optional<Reference> reference) {

  private static final Reference LATEST = new Tag("latest");

  public ImageName {
    Objects.requireNonNull(repository, "repository");
    Objects.requireNonNull(reference, "reference");
  }

  private interface Repositories {
    RepositoryName named(String text) throws RegistryException;
  }

  /**
   * Parses a name. A name without a registry is one of the default upstream.
   *
   * @throws RegistryException if a part of it is invalid, or the registry is no upstream
   */
  public static ImageName parse(String text, Routing routing) throws RegistryException {
    return parse(text, routing::repository);
  }

  /**
   * As above, for what may be cached: the registry may have been an upstream before, and its
   * repositories still have its name.
   *
   * @throws RegistryException if a part of it is invalid
   */
  public static ImageName parseCached(String text, Routing routing) throws RegistryException {
    return parse(
        text,
        name -> {
          try {
            return routing.repository(name);
          } catch (RegistryException e) {
            if (e.code() != ErrorCode.NAME_UNKNOWN) {
              throw e;
            }
            return RepositoryName.parse(name);
          }
        });
  }

  private static ImageName parse(String text, Repositories repositories) throws RegistryException {
    String image = text.replaceFirst("^(docker|https?)://", "");
    int at = image.indexOf('@');
    String named = at < 0 ? image : image.substring(0, at);
    int tag = tagStart(named);
    RepositoryName repository = repositories.named(tag < 0 ? named : named.substring(0, tag));
    if (at >= 0) {
      return new ImageName(repository, Optional.of(Digest.parse(image.substring(at + 1))));
    }
    return tag < 0
        ? new ImageName(repository, Optional.empty())
        : new ImageName(repository, Optional.of(Tag.parse(named.substring(tag + 1))));
  }

  /** The tag or digest; the tag {@code latest} if the name has none. */
  public Reference referenceOrLatest() {
    return reference.orElse(LATEST);
  }

  /** The colon before the tag, and not that before a port; -1 without one. */
  private static int tagStart(String text) {
    int colon = text.lastIndexOf(':');
    return colon > text.lastIndexOf('/') ? colon : -1;
  }

  @Override
  public String toString() {
    return repository
        + reference.map(named -> (named instanceof Digest ? "@" : ":") + named).orElse("");
  }
}
