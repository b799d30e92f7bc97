package dev.cistern.storage.s3;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Whether a bucket has an object. The server answers a look for an object in the same way if the
 * object is missing and if the whole bucket is; so when an object is missing, this checks from time
 * to time that the bucket still exists. Thread-safe.
 */
final class ObjectHeads {

  private static final Duration CHECKED = Duration.ofSeconds(30);

  private final S3Client client;
  private final String bucket;
  private volatile long seen = System.nanoTime() - CHECKED.toNanos();

  ObjectHeads(S3Client client, String bucket) {
    this.client = client;
    this.bucket = bucket;
  }

  /** Fails if the bucket does not exist. */
  void requireBucket() throws IOException {
    if (System.nanoTime() - seen < CHECKED.toNanos()) {
      return;
    }
    String attempt = "could not find the bucket " + bucket;
    try {
      client.headBucket(head -> head.bucket(bucket));
      seen = System.nanoTime();
    } catch (AwsServiceException e) {
      throw e.statusCode() == 404
          ? new StorageException(Kind.REFUSED, "the bucket " + bucket + " does not exist", e)
          : S3Failures.of(e, attempt);
    } catch (SdkException e) {
      throw S3Failures.of(e, attempt);
    }
  }

  /**
   * Looks for an object.
   *
   * @param attempt what it is for, as the beginning of a message
   */
  Optional<HeadObjectResponse> head(String object, String attempt) throws IOException {
    try {
      return Optional.of(client.headObject(head -> head.bucket(bucket).key(object)));
    } catch (AwsServiceException e) {
      return absent(e, attempt);
    } catch (SdkException e) {
      throw S3Failures.of(e, attempt);
    }
  }

  /** Empty if the server has said that the object is missing; any other answer is a failure. */
  <T> Optional<T> absent(AwsServiceException e, String attempt) throws IOException {
    if (!S3Failures.isAbsent(e)) {
      throw S3Failures.of(e, attempt);
    }
    requireBucket();
    return Optional.empty();
  }
}
