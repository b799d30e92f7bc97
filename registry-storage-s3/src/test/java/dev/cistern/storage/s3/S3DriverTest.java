package dev.cistern.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsSignedUrls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class S3DriverTest {

  private static final Map<String, String> SMALL_PARTS = Map.of("chunksize", "5MiB");

  @RegisterExtension private final Bucket bucket = new Bucket();

  @Test
  void namesAreTheKeysAfterTheRootDirectory() throws IOException {
    try (StorageDriver driver = bucket.open(Map.of("rootdirectory", "/a/b/"))) {
      driver.put("docker/registry/v2/x", body("content"));
    }
    try (StorageDriver driver = bucket.open(Map.of())) {
      driver.put("docker/registry/v2/y", body("content"));
    }
    assertThat(bucket.names())
        .containsExactlyInAnyOrder(
            ".cistern/probe",
            "a/b/.cistern/probe",
            "a/b/docker/registry/v2/x",
            "docker/registry/v2/y");
  }

  @Test
  void aRemoteBackEndSaysSo() throws IOException {
    try (StorageDriver driver = bucket.open(Map.of())) {
      assertThat(driver.traits()).containsExactly(StorageTrait.REMOTE);
    }
  }

  @Test
  void aSignedUrlGivesOneObjectToWhoeverHasIt() throws Exception {
    try (StorageDriver driver = bucket.open(Map.of("rootdirectory", "/deep"))) {
      driver.put("a/b", body("content"));
      URI url = ((SupportsSignedUrls) driver).signedUrl("a/b", Duration.ofMinutes(1));
      HttpClient client = HttpClient.newHttpClient();
      assertThat(client.send(get(url), BodyHandlers.ofString()).body()).isEqualTo("content");
      HttpResponse<String> part =
          client.send(
              HttpRequest.newBuilder(url).header("Range", "bytes=3-").build(),
              BodyHandlers.ofString());
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo("tent");
      URI other = URI.create(url.toString().replace("/deep/a/b", "/deep/a/c"));
      assertThat(client.send(get(other), BodyHandlers.ofString()).statusCode()).isEqualTo(403);
      assertThat(url.toString()).doesNotContain("secret");
    }
  }

  private static HttpRequest get(URI url) {
    return HttpRequest.newBuilder(url).build();
  }

  @Test
  void aLargeFileIsUploadedInParts(@TempDir Path directory) throws IOException {
    byte[] bytes = new byte[12_000_017];
    new Random(7).nextBytes(bytes);
    Path file = Files.write(directory.resolve("file"), bytes);
    try (StorageDriver driver = bucket.open(SMALL_PARTS)) {
      driver.put("a/large", ObjectBody.of(file));
      assertThat(read(driver, "a/large")).isEqualTo(bytes);
      assertThat(driver.putIfAbsent("a/large", ObjectBody.of(file))).isFalse();
      assertThat(driver.putIfAbsent("a/other", ObjectBody.of(file))).isTrue();
      assertThat(driver.stat("a/other").orElseThrow().size()).isEqualTo(bytes.length);
    }
  }

  @Test
  void aLargeBodyThatFailsLeavesNothing() throws IOException {
    ObjectBody failing =
        new ObjectBody() {
          @Override
          public long size() {
            return 12_000_000;
          }

          @Override
          public InputStream open() {
            return InputStream.nullInputStream();
          }

          @Override
          public InputStream open(long position) throws IOException {
            if (position > 0) {
              throw new IOException("the disk failed");
            }
            return new ByteArrayInputStream(new byte[6_000_000]);
          }
        };
    try (StorageDriver driver = bucket.open(SMALL_PARTS);
        S3Client client = bucket.client()) {
      assertThatIOException()
          .isThrownBy(() -> driver.put("a/large", failing))
          .withMessageContaining("the disk failed");
      assertThat(driver.stat("a/large")).isEmpty();
      assertThat(client.listMultipartUploads(list -> list.bucket(Bucket.NAME)).uploads()).isEmpty();
    }
  }

  /** As when the cache stops: the parts would be in the bucket for ever, and be paid for. */
  @Test
  void anInterruptedUploadLeavesNothing() throws IOException {
    ObjectBody interrupting =
        new ObjectBody() {
          @Override
          public long size() {
            return 12_000_000;
          }

          @Override
          public InputStream open() {
            return new ByteArrayInputStream(new byte[12_000_000]);
          }

          @Override
          public InputStream open(long position) {
            if (position > 0) {
              Thread.currentThread().interrupt();
            }
            return new ByteArrayInputStream(new byte[12_000_000 - (int) position]);
          }
        };
    try (StorageDriver driver = bucket.open(SMALL_PARTS);
        S3Client client = bucket.client()) {
      assertThatIOException().isThrownBy(() -> driver.put("a/large", interrupting));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(driver.stat("a/large")).isEmpty();
      assertThat(client.listMultipartUploads(list -> list.bucket(Bucket.NAME)).uploads()).isEmpty();
    }
  }

  @Test
  void eachPartOfABodyIsClosed() throws IOException {
    AtomicInteger open = new AtomicInteger();
    ObjectBody counted =
        new ObjectBody() {
          @Override
          public long size() {
            return 12_000_000;
          }

          @Override
          public InputStream open() {
            return open(0);
          }

          @Override
          public InputStream open(long position) {
            open.incrementAndGet();
            return new ByteArrayInputStream(new byte[12_000_000 - (int) position]) {
              private boolean closed;

              @Override
              public void close() {
                open.addAndGet(closed ? 0 : -1);
                closed = true;
              }
            };
          }
        };
    try (StorageDriver driver = bucket.open(SMALL_PARTS)) {
      driver.put("a/large", counted);
      assertThat(open).hasValue(0);
    }
  }

  @Test
  void aLongListingHasSeveralPages() throws IOException {
    try (StorageDriver driver = bucket.open(Map.of())) {
      for (int i = 0; i < 1_005; i++) {
        driver.put("many/" + i + "/x", body(""));
      }
      try (Stream<ObjectStat> list = driver.list("many")) {
        assertThat(list.map(ObjectStat::key).distinct()).hasSize(1_005);
      }
      try (Stream<String> children = driver.children("many")) {
        assertThat(children.distinct()).hasSize(1_005);
      }
      try (Stream<ObjectStat> list = driver.list("many")) {
        driver.delete(list.map(ObjectStat::key).toList());
      }
      try (Stream<ObjectStat> list = driver.list("many")) {
        assertThat(list).isEmpty();
      }
    }
  }

  @Test
  void namesOfOtherProgramsThatAreNoKeysAreIgnored() throws IOException {
    bucket.put("root/a/é", "x");
    bucket.put("root/a/key", "x");
    bucket.put("elsewhere", "x");
    try (StorageDriver driver = bucket.open(Map.of("rootdirectory", "root"));
        Stream<ObjectStat> list = driver.list("");
        Stream<String> children = driver.children("a")) {
      assertThat(list.map(ObjectStat::key)).containsExactly("a/key");
      assertThat(children).containsExactly("key");
    }
  }

  @Test
  void readsOfAnObjectThatWasReplacedFail() throws IOException {
    try (StorageDriver driver = bucket.open(Map.of())) {
      driver.put("a/key", body("0123456789"));
      try (StoredObject object = driver.open("a/key", new ObjectRange(0, 2)).orElseThrow()) {
        driver.put("a/key", body("abcdefghij"));
        assertThatIOException()
            .isThrownBy(() -> object.read(ByteBuffer.allocate(2), 5))
            .withMessageContaining("was replaced or deleted while it was being read");
      }
    }
  }

  @Test
  void aBucketThatIsGoneIsNoMissingObject() throws IOException {
    try (StorageDriver driver = bucket.open(Map.of())) {
      bucket.remove();
      assertThatExceptionOfType(StorageException.class)
          .isThrownBy(() -> driver.open("a/key", ObjectRange.ALL))
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
      assertThatExceptionOfType(StorageException.class)
          .isThrownBy(() -> bucket.open(Map.of()))
          .withMessageContaining("the bucket images does not exist");
    }
  }

  @Test
  void wrongCredentialsAreRefused() {
    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> bucket.open(Map.of("secretkey", "wrong")))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
  }

  @Test
  void aSilentServerIsUnavailableAfterTheTimeout() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      DriverParameters parameters =
          bucket.parameters(
              Map.of(
                  "regionendpoint",
                  "http://127.0.0.1:" + silent.getLocalPort(),
                  "timeout",
                  "500ms"));
      long start = System.nanoTime();
      // A cache starts without the server, and a command for the store does not.
      try (StorageDriver driver = new S3DriverFactory().create(parameters)) {
        assertThatExceptionOfType(StorageException.class)
            .isThrownBy(() -> driver.open("a/key", ObjectRange.ALL))
            .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
      }
      assertThatExceptionOfType(StorageException.class)
          .isThrownBy(() -> new S3DriverFactory().openExisting(parameters))
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }
  }

  private static ObjectBody body(String content) {
    return ObjectBody.of(content.getBytes(UTF_8));
  }

  private static byte[] read(StorageDriver driver, String key) throws IOException {
    try (StoredObject object = driver.open(key, ObjectRange.ALL).orElseThrow()) {
      ByteBuffer buffer = ByteBuffer.allocate((int) object.size());
      while (buffer.hasRemaining()) {
        assertThat(object.read(buffer, buffer.position())).isPositive();
      }
      return buffer.array();
    }
  }
}
