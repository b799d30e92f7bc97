package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.StorageKeys;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsSignedUrls;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Stores each object in a bucket, under its key after the root directory:
 *
 * <pre>
 * &lt;rootdirectory&gt;/docker/registry/v2/blobs/sha256/0a/0a4e.../data   an object
 * &lt;rootdirectory&gt;/.cistern/probe                                   written once, see below
 * </pre>
 *
 * <p>These are the names that CNCF Distribution's driver gives, so both can use one bucket.
 *
 * <p><b>Put if absent</b> is one conditional write. At first the driver checks that the server
 * respects conditions, by an object that every driver writes under the same name: see {@link
 * ConditionalWrites}.
 *
 * <p><b>Times</b> are the server's, in seconds. <b>Deleted objects</b> cannot be read to their end:
 * such a read fails.
 *
 * <p>A request takes at most the configured timeout, and more for the bytes of an upload.
 */
public final class S3Driver implements StorageDriver, SupportsSignedUrls {

  private static final Logger log = LoggerFactory.getLogger(S3Driver.class);

  private static final String PROBE = StorageKeys.RESERVED + "/probe";
  private static final int MOST_DELETED = 1000;

  private final S3Client client;
  private final S3Presigner presigner;
  private final S3Settings settings;
  private final ObjectHeads heads;
  private final Uploads uploads;
  private final ConditionalWrites conditional;
  private final AtomicBoolean closed = new AtomicBoolean();

  private S3Driver(S3Settings settings) {
    client = S3Clients.client(settings);
    presigner = S3Clients.presigner(settings);
    this.settings = settings;
    heads = new ObjectHeads(client, settings.bucket());
    uploads = new Uploads(client, settings);
    conditional = new ConditionalWrites(uploads, heads, settings.bucket(), settings.root() + PROBE);
  }

  /**
   * Opens the bucket, and checks that it can be written and respects conditions. A server that does
   * not answer now is checked by the first write: a cache must be able to start without it.
   */
  static S3Driver open(S3Settings settings) throws IOException {
    S3Driver driver = new S3Driver(settings);
    try {
      driver.heads.requireBucket();
      driver.conditional.probe();
    } catch (StorageException e) {
      if (e.kind() == Kind.REFUSED) {
        driver.close();
        throw e;
      }
      log.warn("The bucket {} cannot be used now: {}", settings.bucket(), e.getMessage());
    } catch (IOException | RuntimeException e) {
      driver.close();
      throw e;
    }
    return driver;
  }

  /** Opens the bucket, and checks that it exists. */
  static S3Driver openExisting(S3Settings settings) throws IOException {
    S3Driver driver = new S3Driver(settings);
    try {
      driver.heads.requireBucket();
      return driver;
    } catch (IOException | RuntimeException e) {
      driver.close();
      throw e;
    }
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    String name = name(key);
    Optional<HeadObjectResponse> head = heads.head(name, "could not look for " + name);
    return head.isEmpty()
        ? Optional.empty()
        : Optional.of(Answered.stat(key, head.get().contentLength(), head.get().lastModified()));
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    String name = name(key);
    String attempt = "could not open " + name;
    try {
      ResponseInputStream<GetObjectResponse> stream = get(name, range, null);
      GetObjectResponse answer = stream.response();
      long size = Answered.wholeSize(name, range, answer);
      return Optional.of(object(name, size, answer.eTag(), range, stream));
    } catch (AwsServiceException e) {
      return S3Failures.isPastTheEnd(e) ? openPastTheEnd(name, range) : heads.absent(e, attempt);
    } catch (SdkException e) {
      throw S3Failures.of(e, attempt);
    }
  }

  private Optional<StoredObject> openPastTheEnd(String name, ObjectRange range) throws IOException {
    Optional<HeadObjectResponse> head = heads.head(name, "could not open " + name);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    long size = Answered.size(name, head.get().contentLength());
    return Optional.of(object(name, size, head.get().eTag(), range, null));
  }

  private StoredObject object(
      String name,
      long size,
      @Nullable String etag,
      ObjectRange range,
      @Nullable ResponseInputStream<GetObjectResponse> stream) {
    return new S3Object(name, size, range, stream, next -> reopen(name, next, etag));
  }

  /** Requests other bytes of an object that was opened before. */
  private ResponseInputStream<GetObjectResponse> reopen(
      String name, ObjectRange range, @Nullable String etag) throws IOException {
    if (etag == null) {
      throw new IOException(
          "the server gave " + name + " no entity tag, so it may have been replaced since");
    }
    try {
      ResponseInputStream<GetObjectResponse> stream = get(name, range, etag);
      if (!etag.equals(stream.response().eTag())) {
        stream.abort();
        throw replaced(name, null);
      }
      return stream;
    } catch (AwsServiceException e) {
      if (S3Failures.isPreconditionFailed(e) || S3Failures.isAbsent(e)) {
        throw replaced(name, e);
      }
      throw S3Failures.of(e, "could not read " + name);
    } catch (SdkException e) {
      throw S3Failures.of(e, "could not read " + name);
    }
  }

  private static IOException replaced(String name, @Nullable AwsServiceException cause) {
    return new IOException(name + " was replaced or deleted while it was being read", cause);
  }

  /** Requests these bytes, and checks that they are the ones that the server sends. */
  private ResponseInputStream<GetObjectResponse> get(
      String name, ObjectRange range, @Nullable String etag) throws IOException {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(settings.bucket()).key(name).ifMatch(etag);
    if (!range.equals(ObjectRange.ALL)) {
      String last =
          range.length() == Long.MAX_VALUE ? "" : "" + (range.first() + range.length() - 1);
      request.range("bytes=" + range.first() + "-" + last);
    }
    ResponseInputStream<GetObjectResponse> stream = client.getObject(request.build());
    boolean usable = false;
    try {
      long unused = Answered.wholeSize(name, range, stream.response());
      usable = true;
      return stream;
    } finally {
      if (!usable) {
        stream.abort();
      }
    }
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    String name = name(key);
    try {
      uploads.put(name, body, Uploads.Mode.REPLACE);
    } catch (AwsServiceException e) {
      throw S3Failures.of(e, "could not write " + name);
    }
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    return conditional.putIfAbsent(name(key), body);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    List<String> names = new ArrayList<>();
    for (String key : keys) {
      names.add(name(key));
    }
    for (int from = 0; from < names.size(); from += MOST_DELETED) {
      deleteAtOnce(names.subList(from, Math.min(names.size(), from + MOST_DELETED)));
    }
  }

  private void deleteAtOnce(List<String> names) throws IOException {
    try {
      if (names.size() == 1) {
        client.deleteObject(one -> one.bucket(settings.bucket()).key(names.get(0)));
        return;
      }
      List<ObjectIdentifier> objects =
          names.stream().map(name -> ObjectIdentifier.builder().key(name).build()).toList();
      List<S3Error> errors =
          client
              .deleteObjects(
                  many ->
                      many.bucket(settings.bucket())
                          .delete(delete -> delete.objects(objects).quiet(true)))
              .errors();
      for (S3Error error : errors) {
        if (!"NoSuchKey".equals(error.code())) {
          throw new IOException(
              "could not delete %s and %d more of %d: %s %s"
                  .formatted(
                      error.key(), errors.size() - 1, names.size(), error.code(), error.message()));
        }
      }
    } catch (AwsServiceException e) {
      if (names.size() > 1 && S3Failures.isUnknownRequest(e)) {
        for (String name : names) {
          deleteAtOnce(List.of(name));
        }
      } else if (!S3Failures.isAbsent(e)) {
        throw S3Failures.of(e, "could not delete " + names.get(0));
      }
    } catch (SdkException e) {
      throw S3Failures.of(e, "could not delete " + names.get(0));
    }
  }

  @Override
  public Stream<ObjectStat> list(String prefix) {
    String start = start(prefix);
    return Pages.stream(token -> page(start, null, token), page -> objects(page, start));
  }

  private List<ObjectStat> objects(ListObjectsV2Response page, String start)
      throws StorageException {
    List<ObjectStat> objects = new ArrayList<>();
    for (var object : page.contents()) {
      if (isKeyBelow(start, object.key())) {
        objects.add(Answered.stat(key(object.key()), object.size(), object.lastModified()));
      }
    }
    return objects;
  }

  @Override
  public Stream<String> children(String prefix) {
    String start = start(prefix);
    return Pages.stream(
        token -> page(start, "/", token),
        page ->
            Stream.concat(
                    page.commonPrefixes().stream().map(CommonPrefix::prefix),
                    page.contents().stream().map(object -> object.key()))
                .map(name -> child(start, name))
                .filter(name -> isKeyBelow(start, name))
                .map(name -> name.substring(start.length()))
                .distinct()
                .toList());
  }

  /** The name up to the end of its segment after the prefix. */
  private static @Nullable String child(String start, @Nullable String name) {
    int end = name == null ? -1 : name.indexOf('/', start.length());
    return name == null || end < 0 ? name : name.substring(0, end);
  }

  private ListObjectsV2Response page(
      String start, @Nullable String delimiter, @Nullable String token) throws IOException {
    try {
      return client.listObjectsV2(
          ListObjectsV2Request.builder()
              .bucket(settings.bucket())
              .prefix(start)
              .delimiter(delimiter)
              .continuationToken(token)
              .build());
    } catch (SdkException e) {
      throw S3Failures.of(e, "could not list " + settings.bucket() + "/" + start);
    }
  }

  private String start(String prefix) {
    StorageKeys.requirePrefix(prefix);
    return settings.root() + (prefix.isEmpty() ? "" : prefix + "/");
  }

  private String name(String key) {
    return settings.root() + StorageKeys.requireKey(key);
  }

  /**
   * Other programs may have objects in the bucket whose names are no keys, such as {@code a/}. And
   * a server may ignore the prefix.
   */
  private boolean isKeyBelow(String start, @Nullable String name) {
    return name != null && name.startsWith(start) && StorageKeys.isKey(key(name));
  }

  private String key(String name) {
    return name.substring(settings.root().length());
  }

  @Override
  public URI signedUrl(String key, Duration validity) throws IOException {
    String name = name(key);
    try {
      return URI.create(
          presigner
              .presignGetObject(
                  url ->
                      url.signatureDuration(validity)
                          .getObjectRequest(object -> object.bucket(settings.bucket()).key(name)))
              .url()
              .toString());
    } catch (SdkException e) {
      throw S3Failures.of(e, "could not sign a URL of " + name);
    }
  }

  @Override
  public Set<StorageTrait> traits() {
    return Set.of(StorageTrait.REMOTE);
  }

  /** Ends the requests in progress. Does nothing when it is called again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      presigner.close();
      client.close();
    }
  }
}
