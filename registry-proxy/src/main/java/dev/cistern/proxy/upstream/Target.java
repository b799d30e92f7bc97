package dev.cistern.proxy.upstream;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import java.util.Objects;

/**
 * What is requested from an upstream.
 *
 * @param kind the kind of request; an upstream limits each kind by itself
 * @param text how messages name it, after "Cannot get": {@code manifest library/alpine:3.20}
 * @param content what identifies the content in a cluster of caches: a digest, or a repository and
 *     a tag; empty for what a cache asks the upstream itself
 */
public record Target(Kind kind, String text, String content) {

  /** The kind of request. */
  public enum Kind {
    /** A manifest. */
    MANIFEST,
    /** Which manifest a reference names, by HEAD. */
    MANIFEST_HEAD,
    /** A blob. */
    BLOB,
    /** Whether there is a blob, by HEAD. */
    BLOB_HEAD,
    /** A list of tags. */
    TAGS,
    /** A list of referrers. */
    REFERRERS,
    /** A token of a token service. */
    TOKEN
  }

  public Target {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(content, "content");
  }

  /** What a cache asks the upstream itself. */
  public Target(Kind kind, String text) {
    this(kind, text, "");
  }

  /** A manifest, by tag or digest. */
  public static Target manifest(RepositoryName name, Reference reference) {
    return manifest(Kind.MANIFEST, name, reference);
  }

  /** Which manifest a tag or digest names. */
  public static Target manifestHead(RepositoryName name, Reference reference) {
    return manifest(Kind.MANIFEST_HEAD, name, reference);
  }

  private static Target manifest(Kind kind, RepositoryName name, Reference reference) {
    if (reference instanceof Digest) {
      return new Target(kind, "manifest " + name + "@" + reference, reference.toString());
    }
    String tagged = name + ":" + reference;
    return new Target(kind, "manifest " + tagged, tagged);
  }

  /** A blob of a repository. */
  public static Target blob(RepositoryName name, Digest digest) {
    return new Target(Kind.BLOB, "blob " + digest + " of " + name, digest.toString());
  }

  /** Whether a repository has a blob. */
  public static Target blobHead(RepositoryName name, Digest digest) {
    return new Target(Kind.BLOB_HEAD, "blob " + digest + " of " + name, digest.toString());
  }

  /** The tags of a repository. */
  public static Target tags(RepositoryName name) {
    return new Target(Kind.TAGS, "tags of " + name);
  }

  /** The referrers of a manifest. */
  public static Target referrers(RepositoryName name, Digest subject) {
    return new Target(Kind.REFERRERS, "referrers of " + subject + " of " + name);
  }

  @Override
  public String toString() {
    return text;
  }
}
