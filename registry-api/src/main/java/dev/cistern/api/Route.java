package dev.cistern.api;

import java.util.Optional;

/**
 * What a request is for, according to its path and query (distribution specification, "Endpoints":
 * end-1, 2, 3, 4a to 6, 8a, 8b, 12a and 12b, and the catalog of the Docker registry API). The
 * method is not part of it. Immutable.
 *
 * <p>A name may have any number of components, and each may be a word of the protocol: {@code
 * /v2/tags/list/manifests/latest} is the manifest {@code latest} of {@code tags/list}. Therefore
 * paths are matched from their right end. A path that still matches two routes, {@code
 * .../blobs/uploads/...}, is an upload.
 */
public sealed interface Route {

  /** The repository that this is for; empty if it is for none. */
  Optional<RepositoryName> repository();

  /** The same in another repository; this if it is for none. */
  Route in(RepositoryName repository);

  /** {@code /v2/}: clients check here whether the server supports the protocol. */
  record Base() implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.empty();
    }

    @Override
    public Route in(RepositoryName repository) {
      return this;
    }
  }

  /**
   * {@code /v2/<name>/manifests/<reference>}.
   *
   * @param name the repository
   * @param reference the manifest's tag or digest
   */
  record ManifestRoute(RepositoryName name, Reference reference) implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.of(name);
    }

    @Override
    public Route in(RepositoryName repository) {
      return new ManifestRoute(repository, reference);
    }
  }

  /**
   * {@code /v2/<name>/blobs/<digest>}.
   *
   * @param name the repository
   * @param digest the blob's digest
   */
  record BlobRoute(RepositoryName name, Digest digest) implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.of(name);
    }

    @Override
    public Route in(RepositoryName repository) {
      return new BlobRoute(repository, digest);
    }
  }

  /**
   * {@code /v2/<name>/tags/list?n=&last=}.
   *
   * @param name the repository
   * @param page the part of the tags
   */
  record TagsRoute(RepositoryName name, Page page) implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.of(name);
    }

    @Override
    public Route in(RepositoryName repository) {
      return new TagsRoute(repository, page);
    }
  }

  /**
   * {@code /v2/<name>/referrers/<digest>?artifactType=}.
   *
   * @param name the repository
   * @param subject the manifest that the referrers refer to
   * @param artifactType only referrers of this type; empty for all, also if the client sent one
   *     that cannot be read: then it gets all and is not told that they are filtered
   * @param page the part of the list
   */
  record ReferrersRoute(
      RepositoryName name, Digest subject, Optional<String> artifactType, Page page)
      implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.of(name);
    }

    @Override
    public Route in(RepositoryName repository) {
      return new ReferrersRoute(repository, subject, artifactType, page);
    }
  }

  /**
   * {@code /v2/_catalog?n=&last=}.
   *
   * @param page the part of the repositories
   */
  record CatalogRoute(Page page) implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.empty();
    }

    @Override
    public Route in(RepositoryName repository) {
      return this;
    }
  }

  /**
   * {@code /v2/<name>/blobs/uploads/} and the paths below it: pushes.
   *
   * @param name the repository
   */
  record UploadRoute(RepositoryName name) implements Route {
    @Override
    public Optional<RepositoryName> repository() {
      return Optional.of(name);
    }

    @Override
    public Route in(RepositoryName repository) {
      return new UploadRoute(repository);
    }
  }

  /**
   * Parses the target of a request, in time linear in its length.
   *
   * <p>Percent-encoding in the path is decoded, but an encoded slash, NUL or other control
   * character is rejected, because no valid path has one and servers interpret it differently. The
   * query is parsed only for routes with a page; parameters other than {@code n}, {@code last} and
   * {@code artifactType} are ignored.
   *
   * @param rawPath the path as received, percent-encoded, from its first slash
   * @param rawQuery the query as received, without the question mark; empty if there is none
   * @throws RegistryException {@link ErrorCode#NAME_UNKNOWN} if the path is not an endpoint; {@link
   *     ErrorCode#NAME_INVALID} if the name is invalid or the path is too long or cannot be
   *     decoded; {@link ErrorCode#DIGEST_INVALID} for an invalid digest; {@link
   *     ErrorCode#MANIFEST_UNKNOWN} for an invalid tag, because no registry can have it and the
   *     specification's conformance tests expect 404; {@link ErrorCode#PAGINATION_NUMBER_INVALID}
   *     for an invalid page
   */
  static Route parse(String rawPath, String rawQuery) throws RegistryException {
    return new RouteParser(PathDecoder.decode(rawPath), rawQuery).parse();
  }
}
