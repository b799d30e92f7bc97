package dev.cistern.api;

/**
 * Why a request fails: the error codes of the distribution specification ("Error codes") and those
 * that registries commonly add, each with its HTTP status. Several share one wire name where HTTP
 * distinguishes what the specification does not.
 */
public enum ErrorCode {
  /** The repository has no such blob. Only an authoritative answer may say so. */
  BLOB_UNKNOWN(404),
  /** The repository has no such manifest or tag. Only an authoritative answer may say so. */
  MANIFEST_UNKNOWN(404),
  /** There is no such repository, or no such endpoint. */
  NAME_UNKNOWN(404),
  /** The path has no valid repository name or cannot be decoded. */
  NAME_INVALID(400),
  /** The digest is invalid, its algorithm is unknown, or the content does not match it. */
  DIGEST_INVALID(400),
  /** The tag is invalid. */
  TAG_INVALID(400),
  /** The content is not a manifest that can be read. */
  MANIFEST_INVALID(400),
  /** A request for a list has an invalid {@code n} or {@code last}. */
  PAGINATION_NUMBER_INVALID(400),
  /** None of the requested ranges is within the content. */
  RANGE_INVALID(416),
  /** The request has too many ranges; clients then try again with fewer. */
  TOO_MANY_RANGES(400, "RANGE_INVALID"),
  /** The client must authenticate. */
  UNAUTHORIZED(401),
  /** Access is forbidden to the client, or to the cache at its upstream. */
  DENIED(403),
  /** A cache does not support the operation: pushes and deletes. */
  UNSUPPORTED(405),
  /** The request has a body, or marks its end in a way that other servers may read differently. */
  BODY_UNSUPPORTED(400, "UNSUPPORTED"),
  /** The upstream refuses this request, for a reason that has no other code here. */
  REQUEST_REFUSED(400, "UNSUPPORTED"),
  /** The cache or the upstream received too many requests. */
  TOOMANYREQUESTS(429),
  /** The cache cannot serve the request at this time. */
  UNAVAILABLE(503),
  /** The upstream failed or sent an invalid response. */
  BAD_GATEWAY(502, "UNAVAILABLE"),
  /** A request for the upstream has come back to the cache that sent it. */
  LOOP_DETECTED(508, "UNAVAILABLE"),
  /** The upstream did not respond in time. */
  GATEWAY_TIMEOUT(504, "UNAVAILABLE"),
  /** An internal error of the cache. */
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

  /** The {@code code} in the error body. */
  public String wireName() {
    return wireName;
  }

  /** The HTTP status of the response. */
  public int status() {
    return status;
  }
}
