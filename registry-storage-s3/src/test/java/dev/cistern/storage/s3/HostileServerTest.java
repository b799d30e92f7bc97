package dev.cistern.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server, or something between it and the driver, whose answers are not what was asked for. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileServerTest {

  private static final String CONTENT = "0123456789";
  private static final String TIME = "Sat, 28 Nov 2026 09:00:00 GMT";

  /** More than the client has connections. */
  private static final int MANY = 80;

  /** Answers the requests of a test, after those of the start. */
  @FunctionalInterface
  private interface Script {
    void answer(HttpExchange exchange) throws IOException;
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private volatile Script script = exchange -> answer(exchange, 200, "");

  HostileServerTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      script.answer(exchange);
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    boolean none = exchange.getRequestMethod().equals("HEAD") || bytes.length == 0;
    exchange.sendResponseHeaders(status, none ? -1 : bytes.length);
    if (!none) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private static void part(HttpExchange exchange, String range, String etag) throws IOException {
    exchange.getResponseHeaders().set("ETag", etag);
    exchange.getResponseHeaders().set("Content-Range", range);
    answer(exchange, 206, CONTENT.substring(2, 5));
  }

  /** A driver that has started; then the server answers by this script. */
  private StorageDriver driver(Script next) throws IOException {
    StorageDriver driver =
        new S3DriverFactory()
            .create(
                DriverParameters.of(
                    "s3",
                    Map.of(
                        "bucket",
                        Bucket.NAME,
                        "regionendpoint",
                        "http://127.0.0.1:" + server.getAddress().getPort(),
                        "accesskey",
                        "access",
                        "secretkey",
                        "secret",
                        "timeout",
                        "5s")));
    script = next;
    return driver;
  }

  private static String read(StoredObject object, long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && object.read(buffer, position + buffer.position()) > 0) {
      // Reads on.
    }
    return new String(buffer.array(), 0, buffer.position(), UTF_8);
  }

  @Test
  void theBytesThatWereAskedForAreRead() throws IOException {
    try (StorageDriver driver = driver(exchange -> part(exchange, "bytes 2-4/10", "\"a\""));
        StoredObject object = driver.open("a/key", new ObjectRange(2, 3)).orElseThrow()) {
      assertThat(object.size()).isEqualTo(10);
      assertThat(read(object, 2, 3)).isEqualTo("234");
    }
  }

  /** As some servers and proxies do. The bytes would be taken for those of another position. */
  @Test
  void rule1AServerThatIgnoresARangeGivesNoBytesOfAnotherPosition() throws IOException {
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, CONTENT))) {
      for (int i = 0; i < MANY; i++) {
        assertThatIOException()
            .isThrownBy(() -> driver.open("a/key", new ObjectRange(2, 3)))
            .withMessageContaining("a/key");
      }
    }
  }

  @Test
  void aSmallObjectMayBeAnsweredAsAWhole() throws IOException {
    try (StorageDriver driver =
            driver(
                exchange -> {
                  exchange.getResponseHeaders().set("ETag", "\"a\"");
                  answer(exchange, 200, CONTENT);
                });
        StoredObject object = driver.open("a/key", new ObjectRange(0, 1024)).orElseThrow()) {
      assertThat(object.size()).isEqualTo(10);
      assertThat(read(object, 0, 10)).isEqualTo(CONTENT);
    }
  }

  /** Each answer has a connection, and the client has few. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes 2-4/*",
        "bytes 2-4/-5",
        "bytes 2-4/99999999999999999999",
        "bytes 2-4/x",
        "bytes 3-5/10",
        "bytes 2-9/10",
        "bytes 2-4/3",
        "items 2-4/10",
        ""
      })
  void rule11AnAnswerOfAnotherRangeFailsAndKeepsNoConnection(String range) throws IOException {
    try (StorageDriver driver = driver(exchange -> part(exchange, range, "\"a\""))) {
      for (int i = 0; i < MANY; i++) {
        assertThatIOException()
            .isThrownBy(() -> driver.open("a/key", new ObjectRange(2, 3)))
            .withMessageContaining("a/key");
      }
    }
  }

  /** It ignores the condition of the second request. */
  @Test
  void rule1BytesOfTwoObjectsNeverMix() throws IOException {
    try (StorageDriver driver =
        driver(
            exchange -> {
              String asked = exchange.getRequestHeaders().getFirst("Range");
              exchange
                  .getResponseHeaders()
                  .set("ETag", asked.startsWith("bytes=0-") ? "\"a\"" : "\"b\"");
              boolean first = asked.startsWith("bytes=0-");
              exchange
                  .getResponseHeaders()
                  .set("Content-Range", first ? "bytes 0-1/10" : "bytes 5-9/10");
              answer(exchange, 206, first ? "01" : "fghij");
            })) {
      try (StoredObject object = driver.open("a/key", new ObjectRange(0, 2)).orElseThrow()) {
        assertThatIOException()
            .isThrownBy(() -> read(object, 5, 2))
            .withMessageContaining("was replaced or deleted while it was being read");
      }
    }
  }

  /** An answer without a length, and one without a time. */
  @Test
  void rule7AnAnswerWithoutASizeOrTimeIsAFailureOfStorage() throws IOException {
    try (StorageDriver driver =
        driver(
            exchange -> {
              exchange.getResponseHeaders().set("Content-Length", "10");
              answer(exchange, 200, "");
            })) {
      assertThatIOException().isThrownBy(() -> driver.stat("a/key"));
      script =
          exchange -> {
            exchange.getResponseHeaders().set("Last-Modified", TIME);
            exchange.getResponseHeaders().set("Transfer-Encoding", "chunked");
            exchange.sendResponseHeaders(200, 0);
          };
      assertThatIOException().isThrownBy(() -> driver.stat("a/key"));
    }
  }

  private static String page(String contents, String rest) {
    return "<?xml version=\"1.0\"?><ListBucketResult>"
        + contents
        + "<IsTruncated>"
        + !rest.equals("end")
        + "</IsTruncated>"
        + (rest.equals("end") ? "" : rest)
        + "</ListBucketResult>";
  }

  private static String object(String name, String size, String time) {
    return "<Contents><Key>"
        + name
        + "</Key><Size>"
        + size
        + "</Size><LastModified>"
        + time
        + "</LastModified></Contents>";
  }

  private static String object(String name) {
    return object(name, "1", "2026-11-28T09:00:00Z");
  }

  private static List<ObjectStat> list(StorageDriver driver) throws IOException {
    try (Stream<ObjectStat> all = driver.list("a")) {
      return all.toList();
    }
  }

  /** Content that such a listing does not show would be taken for content that does not exist. */
  @Test
  void rule7AListingThatIsCutOffIsAFailure() throws IOException {
    try (StorageDriver driver =
        driver(exchange -> answer(exchange, 200, page(object("a/key"), "")))) {
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> list(driver));
    }
  }

  @Test
  void rule11AListingThatIsAlwaysTheSamePageEnds() throws IOException {
    String same = page("", "<NextContinuationToken>again</NextContinuationToken>");
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, same))) {
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> list(driver));
    }
  }

  @Test
  void anObjectWithoutASizeFailsTheListing() throws IOException {
    String listed = page("<Contents><Key>a/key</Key></Contents>", "end");
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, listed))) {
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> list(driver));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "x", "99999999999999999999"})
  void anObjectOfASizeThatIsNoneFailsTheListing(String size) throws IOException {
    String listed = page(object("a/key", size, "2026-11-28T09:00:00Z"), "end");
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, listed))) {
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> list(driver));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "+999999999-12-31T23:59:59Z"})
  void anObjectOfATimeThatIsNoneFailsTheListing(String time) throws IOException {
    String listed = page(object("a/key", "1", time), "end");
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, listed))) {
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> list(driver));
    }
  }

  /** It ignores the prefix, or the delimiter. */
  @Test
  void namesThatWereNotAskedForAreIgnored() throws IOException {
    String listed =
        page(
            object("b")
                + object("a/key")
                + object("a/deep/key")
                + object("a/deep/other")
                + "<CommonPrefixes><Prefix></Prefix></CommonPrefixes>"
                + "<CommonPrefixes><Prefix>bb/</Prefix></CommonPrefixes>"
                + "<CommonPrefixes><Prefix>a/wide/</Prefix></CommonPrefixes>",
            "end");
    try (StorageDriver driver = driver(exchange -> answer(exchange, 200, listed));
        Stream<ObjectStat> list = driver.list("a");
        Stream<String> children = driver.children("a")) {
      assertThat(list.map(ObjectStat::key)).containsExactly("a/key", "a/deep/key", "a/deep/other");
      assertThat(children).containsExactlyInAnyOrder("key", "deep", "wide");
    }
  }

  @Test
  void anInterruptedReadFailsAsAnInterruptedOne() throws IOException {
    try (StorageDriver driver = driver(exchange -> part(exchange, "bytes 2-4/10", "\"a\""));
        StoredObject object = driver.open("a/key", new ObjectRange(2, 3)).orElseThrow()) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> read(object, 2, 3));
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
