package dev.cistern.proxy.event;

import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import java.util.Optional;

/**
 * One request to the cache.
 *
 * @param kind which method of the cache
 * @param repository empty for the list of repositories
 * @param reference the tag or digest; empty for lists
 */
public record CacheRequest(
    Kind kind, Optional<RepositoryName> repository, Optional<Reference> reference) {

  /** What is requested. */
  public enum Kind {
    /** A manifest with its bytes. */
    MANIFEST,
    /** Digest, size and type of a manifest. */
    MANIFEST_INFO,
    /** A blob with its bytes. */
    BLOB,
    /** The size of a blob. */
    BLOB_INFO,
    /** The tags of a repository. */
    TAGS,
    /** The referrers of a manifest. */
    REFERRERS,
    /** The repositories that have cached content. */
    REPOSITORIES
  }

  /** A request for a manifest or blob, or for the referrers of a manifest. */
  public static CacheRequest of(Kind kind, RepositoryName repository, Reference reference) {
    return new CacheRequest(kind, Optional.of(repository), Optional.of(reference));
  }
}
