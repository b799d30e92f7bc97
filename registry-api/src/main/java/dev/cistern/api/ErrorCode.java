package dev.cistern.api;

/**
 * Why a request fails: the error codes of the distribution specification ("Error codes"), those
 * that registries add by custom, and the HTTP status that each is answered with. Several may share
 * one wire name where HTTP tells apart what the specification does not.
 */
public enum ErrorCode {
  /** The repository has no such blob, and whoever must know said so. */
  BLOB_UNKNOWN(404),
  /** The repository has no such manifest or tag, and whoever must know said so. */
  MANIFEST_UNKNOWN(404),
  /** There is no such repository, or no such endpoint. */
  NAME_UNKNOWN(404),
  /** The path holds no valid repository name, or cannot be read at all. */
  NAME_INVALID(400),
  /** No valid digest, one of an unknown algorithm, or content that does not match it. */
  DIGEST_INVALID(400),
  /** No valid tag. */
  TAG_INVALID(400),
  /** The content is no manifest that can be read. */
  MANIFEST_INVALID(400),
  /** A list was asked for with an {@code n} or {@code last} that cannot be used. */
  PAGINATION_NUMBER_INVALID(400),
  /** No range that was asked for lies within the content. */
  RANGE_INVALID(416),
  /** More ranges in one request than are served; a client falls back on fewer. */
  TOO_MANY_RANGES(400, "RANGE_INVALID"),
  /** The client must authenticate. */
  UNAUTHORIZED(401),
  /** The client, or the cache itself towards its upstream, may not have this. */
  DENIED(403),
  /** The operation is not one of a cache's: pushes and deletes. */
  UNSUPPORTED(405),
  /** Too many requests, here or at the upstream. */
  TOOMANYREQUESTS(429),
  /** The cache itself cannot answer now. */
  UNAVAILABLE(503),
  /** The upstream failed or answered what cannot be true. */
  BAD_GATEWAY(502, "UNAVAILABLE"),
  /** The upstream did not answer in time. */
  GATEWAY_TIMEOUT(504, "UNAVAILABLE"),
  /** A fault of the cache. */
  UNKNOWN(500);

  private final int status;
  private final String wireName;

  ErrorCode(int status) {
    this.status = status;
    this.wireName = name();
  }

  ErrorCode(int status, String wireName) {
    this.status = status;
    this.wireName = wireName;
  }

  /** The {@code code} of the error body. */
  public String wireName() {
    return wireName;
  }

  /** The HTTP status of the answer. */
  public int status() {
    return status;
  }
}
