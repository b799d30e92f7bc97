package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Objects;
import java.util.Optional;

/**
 * A small object that allows a repository to serve content, or that says what a tag names or which
 * list has the referrers of a manifest. It existed when it was listed.
 *
 * @param repository the repository it belongs to
 * @param kind what it is for
 * @param key its key
 * @param digest the digest in its key, which it should contain; empty for a {@link Kind#TAG} and
 *     for {@link Kind#REFERRERS}
 * @param tag the tag, only for a {@link Kind#TAG}
 */
public record StoredLink(
    RepositoryName repository, Kind kind, String key, Optional<Digest> digest, Optional<Tag> tag) {

  /** What a link is for. */
  public enum Kind {
    /** The repository may serve this blob. */
    BLOB,
    /** The repository may serve this manifest. */
    MANIFEST,
    /** The manifest that a tag names now. */
    TAG,
    /** A manifest that a tag has named. */
    TAG_HISTORY,
    /** The list of a manifest's referrers. */
    REFERRERS
  }

  /** Rejects null. */
  public StoredLink {
    Objects.requireNonNull(repository, "repository");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(key, "key");
  }

  static StoredLink named(RepositoryName repository, Kind kind, String key, Digest digest) {
    return new StoredLink(repository, kind, key, Optional.of(digest), Optional.empty());
  }

  static StoredLink current(RepositoryName repository, String key, Tag tag) {
    return new StoredLink(repository, Kind.TAG, key, Optional.empty(), Optional.of(tag));
  }

  static StoredLink referrers(RepositoryName repository, String key) {
    return new StoredLink(repository, Kind.REFERRERS, key, Optional.empty(), Optional.empty());
  }

  /** Whether the link allows the repository to serve content. */
  public boolean allows() {
    return kind == Kind.BLOB || kind == Kind.MANIFEST;
  }
}
