package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The keys of a registry's content: those that CNCF Distribution's registry uses, so that both can
 * use one data directory. For one pulled image {@code library/alpine:3.20}:
 *
 * <pre>
 * docker/registry/v2/
 *   blobs/sha256/0a/0a4eaa0e...c52a/data               every blob and manifest, once
 *   repositories/library/alpine/
 *     _layers/sha256/43c4264e...c2ad/link               this repository may serve that blob
 *     _manifests/revisions/sha256/0a4eaa0e...c52a/link  and that manifest
 *     _manifests/revisions/sha256/0a4eaa0e...c52a/mediatype
 *     _manifests/tags/3.20/current/link                 what the tag names now
 *     _manifests/tags/3.20/index/sha256/0a4eaa0e...c52a/link
 *     _manifests/referrers/sha256/0a4eaa0e...c52a/link  the list of that manifest's referrers
 * </pre>
 *
 * <p>A {@code link} contains the digest and nothing else: {@code sha256:0a4eaa0e...c52a}, without a
 * line break.
 *
 * <p>Only Cistern writes {@code mediatype}, and Distribution ignores it. It exists only if the
 * upstream sent a manifest with a media type other than the one that the manifest declares.
 *
 * <p>Only Cistern writes {@code referrers} too. The link contains the digest of the list, an OCI
 * image index among the blobs. It is no manifest of the repository: no client can request it by its
 * digest or as a tag. Distribution ignores the link, and its garbage collection deletes the list.
 */
final class DistributionLayout {

  static final String REPOSITORIES = "docker/registry/v2/repositories";

  static final String BLOBS = "docker/registry/v2/blobs";
  private static final String LAYERS = "_layers";
  private static final String MANIFESTS = "_manifests";

  private DistributionLayout() {}

  static String blob(Digest digest) {
    return BLOBS
        + "/"
        + wireName(digest)
        + "/"
        + digest.hex().substring(0, 2)
        + "/"
        + digest.hex()
        + "/data";
  }

  /** The digest of the content with this key; empty if it is not the key of content. */
  static Optional<Digest> blobDigest(String key) {
    // Making the key again from the digest excludes similar names.
    int end = key.lastIndexOf('/');
    int start = key.lastIndexOf('/', end - 1);
    if (start <= BLOBS.length() || !key.startsWith(BLOBS + "/")) {
      return Optional.empty();
    }
    String algorithm = key.substring(BLOBS.length() + 1, key.indexOf('/', BLOBS.length() + 1));
    return digest(algorithm, key.substring(start + 1, end))
        .filter(digest -> blob(digest).equals(key));
  }

  /** The digest with this algorithm and hex; empty if they are not a digest. */
  static Optional<Digest> digest(String algorithm, String hex) {
    try {
      return Optional.of(Digest.parse(algorithm + ":" + hex));
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  /** The prefix of a repository's links to blobs, by digest. */
  static String layers(RepositoryName repository, DigestAlgorithm algorithm) {
    return repository(repository) + "/" + LAYERS + "/" + algorithm.wireName();
  }

  /** The prefix of a repository's links to manifests, by digest. */
  static String revisions(RepositoryName repository, DigestAlgorithm algorithm) {
    return repository(repository) + "/" + MANIFESTS + "/revisions/" + algorithm.wireName();
  }

  /** The prefixes of all links of a repository. */
  static List<String> marks(RepositoryName repository) {
    return List.of(repository(repository) + "/" + LAYERS, repository(repository) + "/" + MANIFESTS);
  }

  static String layerLink(RepositoryName repository, Digest digest) {
    return repository(repository) + "/" + LAYERS + "/" + path(digest) + "/link";
  }

  static String revisionLink(RepositoryName repository, Digest digest) {
    return revision(repository, digest) + "/link";
  }

  static String revisionMediaType(RepositoryName repository, Digest digest) {
    return revision(repository, digest) + "/mediatype";
  }

  /** The prefix of a repository's links to lists of referrers, by the digest of the subject. */
  static String referrers(RepositoryName repository, DigestAlgorithm algorithm) {
    return repository(repository) + "/" + MANIFESTS + "/referrers/" + algorithm.wireName();
  }

  static String referrersLink(RepositoryName repository, Digest subject) {
    return referrers(repository, subject.algorithm()) + "/" + subject.hex() + "/link";
  }

  static String tags(RepositoryName repository) {
    return repository(repository) + "/" + MANIFESTS + "/tags";
  }

  static String tag(RepositoryName repository, Tag tag) {
    return tags(repository) + "/" + tag.value();
  }

  static String tagCurrentLink(RepositoryName repository, Tag tag) {
    return tag(repository, tag) + "/current/link";
  }

  static String tagIndexLink(RepositoryName repository, Tag tag, Digest digest) {
    return tag(repository, tag) + "/index/" + path(digest) + "/link";
  }

  /** The link with this key of the repository; empty if the key is not that of a link. */
  static Optional<StoredLink> link(RepositoryName repository, String key) {
    String[] parts = key.substring(repository(repository).length() + 1).split("/", -1);
    int last = parts.length - 1;
    if (last < 3 || !parts[last].equals("link")) {
      return Optional.empty();
    }
    Optional<Digest> digest = digest(parts[last - 2], parts[last - 1]);
    String place = String.join("/", Arrays.copyOf(parts, last - 2));
    if (place.equals(LAYERS)) {
      return digest.map(named -> StoredLink.named(repository, StoredLink.Kind.BLOB, key, named));
    }
    if (place.equals(MANIFESTS + "/revisions")) {
      return digest.map(
          named -> StoredLink.named(repository, StoredLink.Kind.MANIFEST, key, named));
    }
    if (place.equals(MANIFESTS + "/referrers")) {
      return digest.map(unused -> StoredLink.referrers(repository, key));
    }
    if (!key.startsWith(tags(repository) + "/")) {
      return Optional.empty();
    }
    Optional<Tag> tag = tag(parts[2]);
    if (last == 4 && parts[3].equals("current")) {
      return tag.map(of -> StoredLink.current(repository, key, of));
    }
    return last == 6 && parts[3].equals("index") && tag.isPresent()
        ? digest.map(named -> StoredLink.named(repository, StoredLink.Kind.TAG_HISTORY, key, named))
        : Optional.empty();
  }

  /** The repository of the object with this key; empty if it is none of a repository. */
  static Optional<RepositoryName> repositoryOf(String key) {
    int start = REPOSITORIES.length() + 1;
    // No component of a name begins with an underscore.
    int end = key.indexOf("/_", start);
    if (end < 0 || !key.startsWith(REPOSITORIES + "/")) {
      return Optional.empty();
    }
    try {
      return Optional.of(RepositoryName.parse(key.substring(start, end)));
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  private static Optional<Tag> tag(String name) {
    try {
      return Optional.of(Tag.parse(name));
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  /** Whether a child with this name makes its parent a repository. */
  static boolean marksRepository(String child) {
    return child.equals(LAYERS) || child.equals(MANIFESTS);
  }

  private static String revision(RepositoryName repository, Digest digest) {
    return repository(repository) + "/" + MANIFESTS + "/revisions/" + path(digest);
  }

  static String repository(RepositoryName repository) {
    return REPOSITORIES + "/" + repository.value();
  }

  private static String path(Digest digest) {
    return wireName(digest) + "/" + digest.hex();
  }

  private static String wireName(Digest digest) {
    return digest.algorithm().wireName();
  }
}
