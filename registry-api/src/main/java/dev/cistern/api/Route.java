package dev.cistern.api;

/**
 * What a request asks for, read from its path and query (distribution specification, "Endpoints":
 * end-1, 2, 3, 4a to 6, 8a and 8b, and the catalog of the Docker registry API). The method is not
 * part of it. Immutable.
 *
 * <p>A name may have any number of components, each of which may be a word of the protocol: {@code
 * /v2/tags/list/manifests/latest} is the manifest {@code latest} of {@code tags/list}. Paths are
 * therefore matched from their right end. Where two readings remain, {@code .../blobs/uploads/...}
 * is an upload.
 */
public sealed interface Route {

  /** {@code /v2/}: does this server speak the protocol? */
  record Base() implements Route {}

  /**
   * {@code /v2/<name>/manifests/<reference>}.
   *
   * @param name the repository
   * @param reference the manifest's tag or digest
   */
  record ManifestRoute(RepositoryName name, Reference reference) implements Route {}

  /**
   * {@code /v2/<name>/blobs/<digest>}.
   *
   * @param name the repository
   * @param digest the blob's digest
   */
  record BlobRoute(RepositoryName name, Digest digest) implements Route {}

  /**
   * {@code /v2/<name>/tags/list?n=&last=}.
   *
   * @param name the repository
   * @param page which of the tags
   */
  record TagsRoute(RepositoryName name, Page page) implements Route {}

  /**
   * {@code /v2/_catalog?n=&last=}.
   *
   * @param page which of the repositories
   */
  record CatalogRoute(Page page) implements Route {}

  /**
   * {@code /v2/<name>/blobs/uploads/} and the uploads below it: pushes.
   *
   * @param name the repository
   */
  record UploadRoute(RepositoryName name) implements Route {}

  /**
   * Reads a request's target, in time linear in its length.
   *
   * <p>Percent-encoding in the path is decoded, but an encoded slash, NUL or other control
   * character is refused, for no valid path has one and servers disagree on what it means. A query
   * is looked at only where the route has a page; parameters other than {@code n} and {@code last}
   * are ignored.
   *
   * @param rawPath the path as it came, percent-encoded, from its first slash
   * @param rawQuery the query as it came, without the question mark; empty when there is none
   * @throws RegistryException {@link ErrorCode#NAME_UNKNOWN} for a path that is no endpoint; {@link
   *     ErrorCode#NAME_INVALID} for a bad name, a path that cannot be decoded, or one too long;
   *     {@link ErrorCode#DIGEST_INVALID} for a bad digest; {@link ErrorCode#MANIFEST_UNKNOWN} for a
   *     bad tag, as no registry can hold one and the specification's conformance tests want 404;
   *     {@link ErrorCode#PAGINATION_NUMBER_INVALID} for a bad page
   */
  static Route parse(String rawPath, String rawQuery) throws RegistryException {
    return new RouteParser(PathDecoder.decode(rawPath), rawQuery).parse();
  }
}
