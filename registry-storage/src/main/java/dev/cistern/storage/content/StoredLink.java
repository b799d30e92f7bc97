package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Objects;
import java.util.Optional;

/**
 * A small object that lets a repository serve content, or says what a tag means. It was there when
 * it was listed.
 *
 * @param repository whose it is
 * @param key where it lies
 * @param digest what it should hold, as far as its key says that: not that of a {@link Kind#TAG}
 * @param tag whose meaning it is; of a {@link Kind#TAG} alone
 */
public record StoredLink(
    RepositoryName repository, Kind kind, String key, Optional<Digest> digest, Optional<Tag> tag) {

  /** What a link is for. */
  public enum Kind {
    /** The repository may serve this blob. */
    BLOB,
    /** The repository may serve this manifest. */
    MANIFEST,
    /** What a tag names now. */
    TAG,
    /** What a tag has once named. */
    TAG_HISTORY
  }

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

  /** Whether this is what allows the repository to serve content. */
  public boolean allows() {
    return kind == Kind.BLOB || kind == Kind.MANIFEST;
  }
}
