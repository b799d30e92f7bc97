package dev.cistern.api;

import dev.cistern.api.Route.Base;
import dev.cistern.api.Route.BlobRoute;
import dev.cistern.api.Route.CatalogRoute;
import dev.cistern.api.Route.ManifestRoute;
import dev.cistern.api.Route.ReferrersRoute;
import dev.cistern.api.Route.TagsRoute;
import dev.cistern.api.Route.UploadRoute;

/**
 * Matches a decoded path against the endpoints by its last three segments. Every request runs this,
 * so the slashes are searched once and only the name and the last segment are copied.
 */
final class RouteParser {

  private static final Route BASE = new Base();
  private static final String ROOT = "/v2/";

  private final String path;
  private final String rawQuery;

  RouteParser(String path, String rawQuery) {
    this.path = path;
    this.rawQuery = rawQuery;
  }

  Route parse() throws RegistryException {
    if (path.equals(ROOT) || path.equals("/v2")) {
      return BASE;
    }
    if (!path.startsWith(ROOT)) {
      throw unknown();
    }
    if (path.equals("/v2/_catalog")) {
      return new CatalogRoute(Page.parse(rawQuery));
    }
    return parseBelowName();
  }

  /** Parses {@code /v2/<name>/<second>/<last>} or, for an upload, one segment more. */
  private Route parseBelowName() throws RegistryException {
    int last = path.lastIndexOf('/');
    int second = slashBefore(last);
    int third = slashBefore(second);
    if (isSegment(third, second, "blobs") && isSegment(second, last, "uploads")) {
      return new UploadRoute(nameUpTo(third));
    }
    if (isSegment(second, last, "manifests")) {
      return new ManifestRoute(nameUpTo(second), reference(last));
    }
    if (isSegment(second, last, "blobs")) {
      RepositoryName name = nameUpTo(second);
      return isSegment(last, path.length(), "uploads")
          ? new UploadRoute(name)
          : new BlobRoute(name, Digest.parse(path.substring(last + 1)));
    }
    if (isSegment(second, last, "tags") && isSegment(last, path.length(), "list")) {
      return new TagsRoute(nameUpTo(second), Page.parse(rawQuery));
    }
    if (isSegment(second, last, "referrers")) {
      Page page = Page.parse(rawQuery);
      return new ReferrersRoute(
          nameUpTo(second),
          Digest.parse(path.substring(last + 1)),
          ArtifactTypes.of(page.query()),
          page);
    }
    throw unknown();
  }

  /** The index of the slash before the given one; -1 if there is none. */
  private int slashBefore(int slash) {
    return slash <= 0 ? -1 : path.lastIndexOf('/', slash - 1);
  }

  /** Whether the text between the slash and the end is this word. */
  private boolean isSegment(int slash, int end, String word) {
    return slash >= 0 && end - slash - 1 == word.length() && path.startsWith(word, slash + 1);
  }

  private RepositoryName nameUpTo(int slash) throws RegistryException {
    if (slash < ROOT.length()) {
      throw unknown();
    }
    return RepositoryName.parse(path.substring(ROOT.length(), slash));
  }

  private Reference reference(int slash) throws RegistryException {
    String text = path.substring(slash + 1);
    try {
      return Reference.parse(text);
    } catch (RegistryException e) {
      if (e.code() == ErrorCode.TAG_INVALID) {
        throw new RegistryException(
            ErrorCode.MANIFEST_UNKNOWN, "Unknown manifest: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private RegistryException unknown() {
    return new RegistryException(
        ErrorCode.NAME_UNKNOWN, "Unknown endpoint " + Printable.quoted(path));
  }
}
