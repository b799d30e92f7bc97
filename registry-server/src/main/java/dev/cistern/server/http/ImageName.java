package dev.cistern.server.http;

import dev.cistern.api.Digest;
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

  /**
   * Parses a name. A name without a registry is one of the default upstream.
   *
   * @throws RegistryException if a part of it is invalid, or the registry is no upstream
   */
  public static ImageName parse(String text, Routing routing) throws RegistryException {
    int at = text.indexOf('@');
    if (at >= 0) {
      String name = text.substring(0, at);
      int tag = tagStart(name);
      return new ImageName(
          routing.repository(tag < 0 ? name : name.substring(0, tag)),
          Optional.of(Digest.parse(text.substring(at + 1))));
    }
    int tag = tagStart(text);
    return tag < 0
        ? new ImageName(routing.repository(text), Optional.empty())
        : new ImageName(
            routing.repository(text.substring(0, tag)),
            Optional.of(Tag.parse(text.substring(tag + 1))));
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
