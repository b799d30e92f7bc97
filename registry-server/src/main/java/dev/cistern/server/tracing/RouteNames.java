package dev.cistern.server.tracing;

import dev.cistern.api.Route;
import dev.cistern.proxy.event.UpstreamCall;

/** The routes of the protocol without names of repositories: few, as names of spans must be. */
final class RouteNames {

  private static final String MANIFEST = "/v2/{name}/manifests/{reference}";
  private static final String BLOB = "/v2/{name}/blobs/{digest}";
  private static final String TAGS = "/v2/{name}/tags/list";
  private static final String REFERRERS = "/v2/{name}/referrers/{digest}";

  private RouteNames() {}

  /** The route of a request. */
  static String of(Route route) {
    if (route instanceof Route.ManifestRoute) {
      return MANIFEST;
    }
    if (route instanceof Route.BlobRoute) {
      return BLOB;
    }
    if (route instanceof Route.TagsRoute) {
      return TAGS;
    }
    if (route instanceof Route.ReferrersRoute) {
      return REFERRERS;
    }
    return route instanceof Route.CatalogRoute ? "/v2/_catalog" : "/v2/";
  }

  /** The route of a call. */
  static String of(UpstreamCall.Kind kind) {
    return switch (kind) {
      case MANIFEST, MANIFEST_HEAD -> MANIFEST;
      case BLOB, BLOB_HEAD -> BLOB;
      case TAGS -> TAGS;
      case REFERRERS -> REFERRERS;
    };
  }

  /** The method of a call. */
  static String method(UpstreamCall.Kind kind) {
    return switch (kind) {
      case MANIFEST_HEAD, BLOB_HEAD -> "HEAD";
      case MANIFEST, BLOB, TAGS, REFERRERS -> "GET";
    };
  }
}
