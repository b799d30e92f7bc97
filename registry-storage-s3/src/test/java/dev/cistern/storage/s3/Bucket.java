package dev.cistern.storage.s3;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gaul.s3proxy.junit.S3ProxyExtension;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** An empty bucket on a server in this process, for each test. */
final class Bucket implements BeforeEachCallback, AfterEachCallback {

  static final String NAME = "images";

  private final S3ProxyExtension server =
      S3ProxyExtension.builder()
          .withBlobStoreProvider("transient-nio2")
          .withCredentials("access", "secret")
          .withPort(0)
          .ignoreUnknownHeaders()
          .build();

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    server.beforeEach(context);
    try (S3Client client = client()) {
      client.createBucket(bucket -> bucket.bucket(NAME));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    server.afterEach(context);
  }

  /** A client that knows nothing of the driver. */
  S3Client client() {
    return S3Clients.client(S3Settings.of(parameters(Map.of())));
  }

  /** The parameters for the bucket, with these in addition. */
  DriverParameters parameters(Map<String, String> others) {
    Map<String, String> all = new HashMap<>();
    all.put("bucket", NAME);
    all.put("regionendpoint", server.getUri().toString());
    all.put("accesskey", server.getAccessKey());
    all.put("secretkey", server.getSecretKey());
    all.putAll(others);
    return DriverParameters.of("s3", all);
  }

  StorageDriver open(Map<String, String> others) throws IOException {
    return new S3DriverFactory().create(parameters(others));
  }

  /** The names of all objects. */
  List<String> names() {
    try (S3Client client = client()) {
      return client.listObjectsV2Paginator(list -> list.bucket(NAME)).contents().stream()
          .map(S3Object::key)
          .toList();
    }
  }

  void put(String name, String content) {
    try (S3Client client = client()) {
      client.putObject(put -> put.bucket(NAME).key(name), RequestBody.fromString(content));
    }
  }

  void remove() {
    try (S3Client client = client()) {
      names().forEach(name -> client.deleteObject(object -> object.bucket(NAME).key(name)));
      client.deleteBucket(bucket -> bucket.bucket(NAME));
    }
  }
}
