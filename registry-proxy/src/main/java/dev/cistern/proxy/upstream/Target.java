package dev.cistern.proxy.upstream;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import java.util.Objects;

/**
 * What is requested from an upstream, as messages name it.
 *
 * @param text the text after "Cannot get" in a message: {@code manifest library/alpine:3.20}
 */
public record Target(String text) {

  public Target {
    Objects.requireNonNull(text, "text");
  }

  /** A manifest, by tag or digest. */
  public static Target manifest(RepositoryName name, Reference reference) {
    String separator = reference instanceof Digest ? "@" : ":";
    return new Target("manifest " + name + separator + reference);
  }

  /** A blob of a repository. */
  public static Target blob(RepositoryName name, Digest digest) {
    return new Target("blob " + digest + " of " + name);
  }

  /** The tags of a repository. */
  public static Target tags(RepositoryName name) {
    return new Target("tags of " + name);
  }

  @Override
  public String toString() {
    return text;
  }
}
