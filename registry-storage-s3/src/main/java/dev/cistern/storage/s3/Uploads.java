package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectBody;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * Writes objects: small ones in one request, larger ones in parts. An object is visible only when
 * its last request has been answered.
 */
final class Uploads {

  private static final Logger log = LoggerFactory.getLogger(Uploads.class);

  private static final String ANY = "*";
  private static final int MOST_PARTS = 10_000;

  /** The slowest upload that is waited for, in bytes a second. */
  private static final long SLOWEST = 64 << 10;

  /** Whether an upload replaces an object. */
  enum Mode {
    REPLACE,
    ONLY_IF_ABSENT
  }

  private final S3Client client;
  private final S3Settings settings;

  Uploads(S3Client client, S3Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  /**
   * Stores an object.
   *
   * @throws AwsServiceException the server's answer, if it is not success
   * @throws IOException if the body or the connection fails
   */
  void put(String name, ObjectBody body, Mode mode) throws IOException {
    try (BodyParts parts = new BodyParts(body)) {
      put(name, parts, mode);
    }
  }

  private void put(String name, BodyParts parts, Mode mode) throws IOException {
    if (parts.size() == 0) {
      parts.requireEmpty();
    }
    try {
      if (parts.size() <= settings.chunkSize()) {
        putAtOnce(name, parts, mode);
      } else {
        putInParts(name, parts, mode);
      }
    } catch (RuntimeException e) {
      parts.throwFailure();
      if (e instanceof SdkException sdk && !(e instanceof AwsServiceException)) {
        throw S3Failures.of(sdk, "could not write " + name);
      }
      throw e;
    }
  }

  private void putAtOnce(String name, BodyParts parts, Mode mode) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(settings.bucket())
            .key(name)
            .overrideConfiguration(timeFor(parts.size()));
    if (settings.encryption().enabled()) {
      request.serverSideEncryption(algorithm());
      settings.encryption().keyId().ifPresent(request::ssekmsKeyId);
    }
    settings.storageClass().ifPresent(request::storageClass);
    if (mode == Mode.ONLY_IF_ABSENT) {
      request.ifNoneMatch(ANY);
    }
    client.putObject(request.build(), parts.part(0, parts.size()));
  }

  private ServerSideEncryption algorithm() {
    return settings.encryption().keyId().isPresent()
        ? ServerSideEncryption.AWS_KMS
        : ServerSideEncryption.AES256;
  }

  private void putInParts(String name, BodyParts parts, Mode mode) {
    CreateMultipartUploadRequest.Builder request =
        CreateMultipartUploadRequest.builder().bucket(settings.bucket()).key(name);
    if (settings.encryption().enabled()) {
      request.serverSideEncryption(algorithm());
      settings.encryption().keyId().ifPresent(request::ssekmsKeyId);
    }
    settings.storageClass().ifPresent(request::storageClass);
    String upload = client.createMultipartUpload(request.build()).uploadId();
    boolean complete = false;
    try {
      List<CompletedPart> sent = send(name, upload, parts);
      client.completeMultipartUpload(
          completion -> {
            completion
                .bucket(settings.bucket())
                .key(name)
                .uploadId(upload)
                .overrideConfiguration(timeFor(parts.size()))
                .multipartUpload(all -> all.parts(sent));
            if (mode == Mode.ONLY_IF_ABSENT) {
              completion.ifNoneMatch(ANY);
            }
          });
      complete = true;
    } finally {
      if (!complete) {
        abort(name, upload);
      }
    }
  }

  private List<CompletedPart> send(String name, String upload, BodyParts parts) {
    long size = parts.size();
    long most = Math.max(settings.chunkSize(), (size + MOST_PARTS - 1) / MOST_PARTS);
    List<CompletedPart> sent = new ArrayList<>();
    for (long start = 0; start < size; start += most) {
      int number = sent.size() + 1;
      long length = Math.min(most, size - start);
      String tag =
          client
              .uploadPart(
                  part ->
                      part.bucket(settings.bucket())
                          .key(name)
                          .uploadId(upload)
                          .partNumber(number)
                          .overrideConfiguration(timeFor(length)),
                  parts.part(start, length))
              .eTag();
      sent.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
    }
    return sent;
  }

  private void abort(String name, String upload) {
    // Of a thread that is interrupted, the client library sends nothing.
    boolean interrupted = Thread.interrupted();
    try {
      client.abortMultipartUpload(
          aborted -> aborted.bucket(settings.bucket()).key(name).uploadId(upload));
    } catch (SdkException e) {
      log.warn(
          "Could not remove the parts of the failed upload of {}; a lifecycle rule of the bucket"
              + " can remove them: {}",
          name,
          e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Consumer<AwsRequestOverrideConfiguration.Builder> timeFor(long bytes) {
    Duration time = settings.timeout().plusSeconds(bytes / SLOWEST);
    return override -> override.apiCallTimeout(time);
  }
}
