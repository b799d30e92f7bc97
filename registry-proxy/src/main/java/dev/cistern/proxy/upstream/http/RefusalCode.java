package dev.cistern.proxy.upstream.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.credential.Credentials;

/**
 * The error that an upstream's status becomes for clients. A refusal of this very request is the
 * client's to hear, as a 4xx. What says something about the cache, its credentials or the upstream
 * is a 502 or has a code of its own. Only a 404 says that something does not exist.
 */
final class RefusalCode {

  private RefusalCode() {}

  static ErrorCode of(Attempt attempt, Exchange answer, ErrorExcerpt said) {
    return switch (answer.status()) {
      case 401, 403 -> ErrorCode.DENIED;
      case 400, 422 -> invalid(attempt, answer, said);
      case 404 ->
          attempt.absent() == ErrorCode.MANIFEST_UNKNOWN && said.code().equals("NAME_UNKNOWN")
              ? ErrorCode.NAME_UNKNOWN
              : attempt.absent();
      case 405, 406, 410, 413, 414, 415, 418 ->
          ofRequest(attempt, answer, ErrorCode.REQUEST_REFUSED);
      case 416 ->
          answer.request().header("Range") != null
              ? ErrorCode.RANGE_INVALID
              : ErrorCode.BAD_GATEWAY;
      case 429 -> ErrorCode.TOOMANYREQUESTS;
      case 451 -> ofRequest(attempt, answer, ErrorCode.DENIED);
      // Every cache of the loop says so, also to a HEAD request, whose answer has no text.
      case 508 -> ErrorCode.LOOP_DETECTED;
      default -> ErrorCode.BAD_GATEWAY;
    };
  }

  /** What is wrong with the request, by the code that the upstream gives. */
  private static ErrorCode invalid(Attempt attempt, Exchange answer, ErrorExcerpt said) {
    // The answer of token services to an unknown identity token (RFC 6749 §5.2).
    if (answer.status() == 400 && answer.request().tag(Credentials.class) != null) {
      return ErrorCode.DENIED;
    }
    return switch (said.code()) {
      case "NAME_INVALID" -> ErrorCode.NAME_INVALID;
      case "TAG_INVALID" -> ErrorCode.TAG_INVALID;
      case "DIGEST_INVALID" -> ErrorCode.DIGEST_INVALID;
      case "MANIFEST_INVALID" -> ofRequest(attempt, answer, ErrorCode.MANIFEST_INVALID);
      case "PAGINATION_NUMBER_INVALID" -> ErrorCode.PAGINATION_NUMBER_INVALID;
      case "DENIED", "UNAUTHORIZED" -> ofRequest(attempt, answer, ErrorCode.DENIED);
      default -> ofRequest(attempt, answer, otherwise(attempt, answer));
    };
  }

  /** The query of a request for tags is the client's. */
  private static ErrorCode otherwise(Attempt attempt, Exchange answer) {
    return attempt.absent() == ErrorCode.NAME_UNKNOWN && answer.request().url().query() != null
        ? ErrorCode.PAGINATION_NUMBER_INVALID
        : ErrorCode.REQUEST_REFUSED;
  }

  /**
   * The code, if the upstream itself refused the request. Another host refuses what led there: the
   * URL of a redirect, or the request for a token.
   */
  private static ErrorCode ofRequest(Attempt attempt, Exchange answer, ErrorCode code) {
    return attempt.tokenOf().isEmpty() && answer.redirectedTo().isEmpty()
        ? code
        : ErrorCode.BAD_GATEWAY;
  }
}
