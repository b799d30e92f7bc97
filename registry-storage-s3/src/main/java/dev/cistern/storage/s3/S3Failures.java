package dev.cistern.storage.s3;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what kind of failure an exception of the client library is. */
final class S3Failures {

  private static final int CLIENT_ERROR = 400;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_INVALID = 416;

  private S3Failures() {}

  static boolean isAbsent(AwsServiceException e) {
    return e.statusCode() == 404 && !"NoSuchBucket".equals(code(e));
  }

  static boolean isPreconditionFailed(AwsServiceException e) {
    return e.statusCode() == PRECONDITION_FAILED;
  }

  /** Whether another write of the same object was in progress. */
  static boolean isConflict(AwsServiceException e) {
    return e.statusCode() == CONFLICT;
  }

  static boolean isPastTheEnd(AwsServiceException e) {
    return e.statusCode() == RANGE_INVALID;
  }

  /** Whether the server does not know this kind of request. */
  static boolean isUnknownRequest(AwsServiceException e) {
    return e.statusCode() == 501
        || e.statusCode() == 405
        || "NotImplemented".equals(code(e))
        || (e.statusCode() == CLIENT_ERROR && "InvalidArgument".equals(code(e)));
  }

  /**
   * The failure as one of storage.
   *
   * @param attempt what failed, as the beginning of a message
   */
  static IOException of(SdkException e, String attempt) {
    if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
      InterruptedIOException interrupted = new InterruptedIOException(attempt + ": interrupted");
      interrupted.initCause(e);
      return interrupted;
    }
    if (e instanceof AwsServiceException service) {
      String reason =
          "%s: the server answered %d %s"
              .formatted(attempt, service.statusCode(), code(service))
              .stripTrailing();
      return kind(service, reason);
    }
    String reason = attempt + ": " + e.getMessage();
    return e instanceof SdkClientException && reason.contains("credentials")
        ? new StorageException(Kind.REFUSED, reason, e)
        : new StorageException(Kind.UNAVAILABLE, reason, e);
  }

  private static IOException kind(AwsServiceException e, String reason) {
    String code = code(e);
    if (e.isThrottlingException() || e.statusCode() == 429 || code.equals("SlowDown")) {
      return new StorageException(Kind.THROTTLED, reason, e);
    }
    if (e.statusCode() == 507 || code.equals("QuotaExceeded") || code.endsWith("StorageFull")) {
      return new StorageException(Kind.FULL, reason, e);
    }
    if (e.statusCode() >= 500) {
      return new StorageException(Kind.UNAVAILABLE, reason, e);
    }
    return switch (e.statusCode()) {
      case 301, 307, 400, 401, 403, 404 -> new StorageException(Kind.REFUSED, reason, e);
      default -> new IOException(reason, e);
    };
  }

  private static String code(AwsServiceException e) {
    String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
    return code == null ? "" : code;
  }
}
