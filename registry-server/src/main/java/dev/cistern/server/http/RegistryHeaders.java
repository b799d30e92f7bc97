package dev.cistern.server.http;

import dev.cistern.api.Digest;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;

/** The headers of the protocol, and those that every answer for a digest carries. */
final class RegistryHeaders {

  static final HttpString API_VERSION = new HttpString("Docker-Distribution-Api-Version");
  static final HttpString CONTENT_DIGEST = new HttpString("Docker-Content-Digest");
  static final HttpString FILTERS_APPLIED = new HttpString("OCI-Filters-Applied");
  static final HttpString NAMESPACE = new HttpString("OCI-Namespace");
  static final HttpString LINK = new HttpString("Link");

  static final String API_VERSION_2 = "registry/2.0";
  static final String BYTES = "bytes";
  static final String JSON = "application/json";
  static final String OCTET_STREAM = "application/octet-stream";

  /** What a digest names never changes. */
  private static final String IMMUTABLE = "max-age=31536000, immutable";

  /** What a tag names may change at any time: keep it, and ask each time. */
  private static final String REVALIDATED = "no-cache";

  private RegistryHeaders() {}

  /** Says that the answer is that of the registry that {@code ns} named. */
  static void namespace(HttpServerExchange exchange, String name) {
    exchange.getResponseHeaders().put(NAMESPACE, name);
  }

  /** Names the content of the answer, asked for by that same name. */
  static void immutable(HttpServerExchange exchange, Digest digest) {
    named(exchange, digest, IMMUTABLE);
  }

  /** Names the content of the answer, asked for by a tag. */
  static void revalidated(HttpServerExchange exchange, Digest digest) {
    named(exchange, digest, REVALIDATED);
  }

  private static void named(HttpServerExchange exchange, Digest digest, String cacheControl) {
    HeaderMap headers = exchange.getResponseHeaders();
    String name = digest.toString();
    headers.put(CONTENT_DIGEST, name);
    headers.put(Headers.ETAG, '"' + name + '"');
    headers.put(Headers.CACHE_CONTROL, cacheControl);
  }

  /** The strong entity tag of content (RFC 9110 §8.8.3): its digest in quotes. */
  static String entityTag(Digest digest) {
    return '"' + digest.toString() + '"';
  }
}
