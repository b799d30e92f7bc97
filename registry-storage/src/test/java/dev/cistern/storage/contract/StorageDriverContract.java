package dev.cistern.storage.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsFreeSpace;
import dev.cistern.storage.SupportsTouch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the contract of {@link StorageDriver}. Extend this class and implement {@link
 * #createDriver}. The tests of an optional power run only if the driver has it.
 *
 * <p>Long, so that an author has to extend only one class. Durability cannot be tested inside a
 * process; the author has to test it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class StorageDriverContract {

  private static final int THREADS = 8;

  private StorageDriver driver;
  private ExecutorService threads;

  /** For subclasses. */
  protected StorageDriverContract() {}

  /** Opens a driver on an empty store. Called before each test; closed after it. */
  protected abstract StorageDriver createDriver() throws Exception;

  /**
   * How often to leave a listing unread: more often than the driver can have listings open at once.
   * The default is right for a driver that holds a file for each; one whose listing costs a request
   * needs fewer.
   */
  protected int unreadListings() {
    return 4000;
  }

  @BeforeEach
  void open() throws Exception {
    driver = createDriver();
    threads = Executors.newCachedThreadPool();
  }

  @AfterEach
  void close() throws Exception {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    driver.close();
  }

  // Closing

  /** After each test it is closed once more. */
  @Test
  void closingAgainDoesNothing() throws Exception {
    put("a/b", "content");
    StoredObject open = driver.open("a/b", ObjectRange.ALL).orElseThrow();
    open.close();
    open.close();

    driver.close();
    driver.close();
  }

  // Absence

  @Test
  void aMissingObjectIsAnAnswer() throws IOException {
    assertThat(driver.stat("a/missing")).isEmpty();
    assertThat(driver.open("a/missing", ObjectRange.ALL)).isEmpty();
    driver.delete(List.of("a/missing"));
    assertThat(keys("a/missing")).isEmpty();
    assertThat(children("a/missing")).isEmpty();
  }

  @Test
  void nothingIsThereInAnEmptyStore() throws IOException {
    assertThat(keys("")).isEmpty();
    assertThat(children("")).isEmpty();
  }

  @Test
  void aLeadingPartOfAKeyIsNoObject() throws IOException {
    put("a/b/c", "content");

    assertThat(driver.stat("a/b")).isEmpty();
    assertThat(driver.open("a/b", ObjectRange.ALL)).isEmpty();
    driver.delete(List.of("a/b"));
    assertThat(content("a/b/c")).isEqualTo("content");
  }

  @Test
  void nothingIsBelowAnObject() throws IOException {
    put("a/b", "content");

    assertThat(driver.stat("a/b/c")).isEmpty();
    assertThat(driver.open("a/b/c/d", ObjectRange.ALL)).isEmpty();
    driver.delete(List.of("a/b/c"));
    assertThat(keys("a/b")).isEmpty();
    assertThat(keys("a/b/c")).isEmpty();
    assertThat(children("a/b/c")).isEmpty();
    assertThat(content("a/b")).isEqualTo("content");
  }

  // Objects

  @Test
  void whatIsPutIsRead() throws IOException {
    Instant before = Instant.now().minus(Duration.ofMinutes(10));

    put("docker/registry/v2/blobs/data", "some content");

    ObjectStat stat = driver.stat("docker/registry/v2/blobs/data").orElseThrow();
    assertThat(stat.key()).isEqualTo("docker/registry/v2/blobs/data");
    assertThat(stat.size()).isEqualTo(12);
    // A wide range, because the back-end may use the clock of another machine.
    assertThat(stat.modified()).isBetween(before, Instant.now().plus(Duration.ofMinutes(10)));
    assertThat(content("docker/registry/v2/blobs/data")).isEqualTo("some content");
  }

  @Test
  void anEmptyObjectIsThere() throws IOException {
    put("a/empty", "");

    assertThat(driver.stat("a/empty").orElseThrow().size()).isZero();
    try (StoredObject object = driver.open("a/empty", ObjectRange.ALL).orElseThrow()) {
      assertThat(object.size()).isZero();
      assertThat(object.read(ByteBuffer.allocate(1), 0)).isEqualTo(-1);
    }
  }

  @Test
  void aPutReplacesWhatIsThere() throws IOException {
    put("a/key", "the first, which is longer");
    put("a/key", "the second");

    assertThat(content("a/key")).isEqualTo("the second");
    assertThat(driver.stat("a/key").orElseThrow().size()).isEqualTo(10);
    assertThat(keys("")).containsExactly("a/key");
  }

  @Test
  void bodiesThatAreLargerThanABufferArriveWhole() throws IOException {
    byte[] bytes = filled(5_000_011, 7);
    driver.put("a/large", ObjectBody.of(bytes));

    assertThat(bytes("a/large")).isEqualTo(bytes);
  }

  @Test
  void aBodyMayComeFromAFile(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("body"), filled(100_000, 3));
    driver.put("a/key", ObjectBody.of(file));

    assertThat(bytes("a/key")).isEqualTo(filled(100_000, 3));
    assertThat(file).exists();

    try (FileChannel channel = FileChannel.open(file)) {
      Files.delete(file);
      driver.put("a/other", ObjectBody.of(channel));
    }
    assertThat(bytes("a/other")).isEqualTo(filled(100_000, 3));
  }

  @Test
  void readsStartAnywhereAndEndAtTheEnd() throws IOException {
    put("a/key", "0123456789");
    try (StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow()) {
      assertThat(object.size()).isEqualTo(10);
      assertThat(read(object, 7, 100)).isEqualTo("789");
      assertThat(read(object, 0, 3)).isEqualTo("012");
      assertThat(read(object, 9, 1)).isEqualTo("9");
      assertThat(object.read(ByteBuffer.allocate(1), 10)).isEqualTo(-1);
      assertThat(object.read(ByteBuffer.allocate(1), 1L << 40)).isEqualTo(-1);
    }
  }

  @Test
  void aRangeSaysWhatIsRead() throws IOException {
    put("a/key", "0123456789");
    try (StoredObject object = driver.open("a/key", new ObjectRange(3, 4)).orElseThrow()) {
      assertThat(object.size()).as("size() is that of the whole object").isEqualTo(10);
      assertThat(read(object, 3, 4)).isEqualTo("3456");
      assertThat(read(object, 5, 2)).isEqualTo("56");
    }
    try (StoredObject object = driver.open("a/key", ObjectRange.from(8)).orElseThrow()) {
      assertThat(object.size()).as("size() is that of the whole object").isEqualTo(10);
      assertThat(read(object, 8, 100)).isEqualTo("89");
    }
  }

  @Test
  void readsOutsideOfTheRangeReturnTheObjectToo() throws IOException {
    put("a/key", "0123456789");
    try (StoredObject object = driver.open("a/key", new ObjectRange(3, 4)).orElseThrow()) {
      assertThat(read(object, 3, 2)).isEqualTo("34");
      assertThat(read(object, 0, 2)).as("a read before the range").isEqualTo("01");
      assertThat(read(object, 9, 5)).as("a read after the range").isEqualTo("9");
      assertThat(read(object, 5, 2)).as("a read in the range again").isEqualTo("56");
    }
  }

  @Test
  void aRangeMayBeginAfterTheEnd() throws IOException {
    put("a/key", "0123456789");
    put("a/empty", "");
    for (long first : new long[] {10, 11, 1L << 40}) {
      try (StoredObject object = driver.open("a/key", ObjectRange.from(first)).orElseThrow()) {
        assertThat(object.size()).isEqualTo(10);
        assertThat(object.read(ByteBuffer.allocate(1), first)).isEqualTo(-1);
      }
    }
    try (StoredObject object = driver.open("a/empty", new ObjectRange(0, 5)).orElseThrow()) {
      assertThat(object.size()).isZero();
      assertThat(object.read(ByteBuffer.allocate(1), 0)).isEqualTo(-1);
    }
    assertThat(driver.open("a/missing", ObjectRange.from(5))).isEmpty();
  }

  @Test
  void readsFillOnlyWhatIsLeftOfABuffer() throws IOException {
    put("a/key", "0123456789");
    ByteBuffer direct = ByteBuffer.allocateDirect(8).position(2).limit(5);
    try (StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow()) {
      while (direct.hasRemaining()) {
        assertThat(object.read(direct, 2 + direct.position())).isPositive();
      }
    }
    assertThat(direct.position()).isEqualTo(5);
    assertThat(UTF_8.decode(direct.flip().position(2)).toString()).isEqualTo("456");
  }

  @Test
  void aClosedObjectIsNotRead() throws IOException {
    put("a/key", "content");
    StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow();
    object.close();
    object.close();

    assertThatIOException().isThrownBy(() -> object.read(ByteBuffer.allocate(1), 0));
  }

  @Test
  void anOpenObjectNeverMixesTheOldWithTheNew() throws IOException {
    driver.put("a/key", ObjectBody.of(filled(200_000, 1)));
    try (StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow()) {
      driver.put("a/key", ObjectBody.of(filled(300_000, 2)));
      assertIsAllOrFails(object, 200_000, 1);
      driver.delete(List.of("a/key"));
      assertIsAllOrFails(object, 200_000, 1);
    }
  }

  @Test
  void aDeletedObjectIsGoneAndMayComeAgain() throws IOException {
    put("a/b/c", "first");
    driver.delete(List.of("a/b/c"));
    assertThat(driver.stat("a/b/c")).isEmpty();
    assertThat(driver.open("a/b/c", ObjectRange.ALL)).isEmpty();
    assertThat(keys("")).isEmpty();

    put("a/b/c", "second");
    assertThat(content("a/b/c")).isEqualTo("second");
  }

  @Test
  void aDeleteTakesNothingElse() throws IOException {
    put("a/b/c", "c");
    put("a/b/d", "d");
    put("a/bb", "bb");
    driver.delete(List.of("a/b/c"));

    assertThat(keys("")).containsExactlyInAnyOrder("a/b/d", "a/bb");
  }

  @Test
  void manyObjectsAreDeletedAtOnce() throws IOException {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      keys.add("many/" + i % 3 + "/" + i);
      put(keys.get(i), "x");
    }
    put("many/0/stays", "x");
    keys.add("many/missing");

    driver.delete(keys);
    driver.delete(List.of());

    assertThat(keys("")).containsExactly("many/0/stays");
  }

  @Test
  void oneInvalidKeyKeepsAllFromBeingDeleted() throws IOException {
    put("a/key", "x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> driver.delete(List.of("a/key", "../a", "a/other")));
    assertThat(keys("")).containsExactly("a/key");
  }

  @Test
  void readersOutliveDeletionIfTheDriverSaysSo() throws IOException {
    assumeThat(driver.traits()).contains(StorageTrait.READERS_OUTLIVE_DELETION);
    driver.put("a/key", ObjectBody.of(filled(200_000, 1)));
    try (StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow()) {
      driver.put("a/key", ObjectBody.of(filled(300_000, 2)));
      driver.delete(List.of("a/key"));
      assertThat(readFully(object))
          .as("the driver has the trait READERS_OUTLIVE_DELETION")
          .isEqualTo(filled(200_000, 1));
    }
  }

  @Test
  void readingChangesNoModificationTime() throws IOException {
    put("a/key", "content");
    Instant modified = driver.stat("a/key").orElseThrow().modified();

    content("a/key");
    keys("");
    driver.putIfAbsent("a/key", body("other"));

    assertThat(driver.stat("a/key").orElseThrow().modified()).isEqualTo(modified);
  }

  // putIfAbsent

  @Test
  void putIfAbsentStoresWhatIsNotThere() throws IOException {
    assertThat(driver.putIfAbsent("a/key", body("content"))).isTrue();
    assertThat(content("a/key")).isEqualTo("content");
  }

  @Test
  void putIfAbsentLeavesWhatIsThere() throws IOException {
    put("a/key", "first");
    assertThat(driver.putIfAbsent("a/key", body("second"))).isFalse();
    assertThat(content("a/key")).isEqualTo("first");
    assertThat(keys("")).containsExactly("a/key");
  }

  @Test
  void anObjectFromPutIfAbsentMayBeReplacedAndDeleted() throws IOException {
    driver.putIfAbsent("a/key", body("first"));
    put("a/key", "second");
    assertThat(content("a/key")).isEqualTo("second");
    driver.delete(List.of("a/key"));
    assertThat(driver.putIfAbsent("a/key", body("third"))).isTrue();
    assertThat(content("a/key")).isEqualTo("third");
  }

  @Test
  void ofManyConcurrentCallersOneIsFirst() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "race/" + round;
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Future<Optional<Integer>>> callers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int fill = i + 1;
        callers.add(
            threads.submit(
                () -> {
                  start.await();
                  boolean first = driver.putIfAbsent(key, ObjectBody.of(filled(10_000, fill)));
                  return first ? Optional.of(fill) : Optional.empty();
                }));
      }
      List<Integer> winners = new ArrayList<>();
      for (Future<Optional<Integer>> caller : callers) {
        caller.get().ifPresent(winners::add);
      }
      assertThat(winners).hasSize(1);
      assertThat(bytes(key)).isEqualTo(filled(10_000, winners.get(0)));
    }
  }

  // Bodies being written

  @Test
  void whatIsBeingWrittenIsNotThereYet() throws IOException {
    List<Boolean> looked = new ArrayList<>();
    ObjectBody watched =
        new WatchedBody(
            200_000,
            () -> {
              looked.add(
                  driver.stat("a/key").isEmpty()
                      && driver.open("a/key", ObjectRange.ALL).isEmpty());
              looked.add(keys("").isEmpty());
            });
    driver.put("a/key", watched);

    assertThat(looked).isNotEmpty().containsOnly(true);
    assertThat(bytes("a/key")).isEqualTo(new byte[200_000]);
  }

  @Test
  void whatIsBeingReplacedIsThereUntilThen() throws IOException {
    put("a/key", "before");
    List<String> seen = new ArrayList<>();
    driver.put("a/key", new WatchedBody(200_000, () -> seen.add(content("a/key"))));

    assertThat(seen).isNotEmpty().containsOnly("before");
    assertThat(bytes("a/key")).isEqualTo(new byte[200_000]);
  }

  // Failing bodies

  @Test
  void aBodyThatFailsLeavesNothing() throws IOException {
    ObjectBody failing = new BrokenBody(500_000, 250_000, true);
    assertThatIOException()
        .isThrownBy(() -> driver.put("a/key", failing))
        .withMessageContaining("half-way");
    assertThatIOException().isThrownBy(() -> driver.putIfAbsent("a/key", failing));
    assertNothingIsThere();
  }

  /** Each open one is a file, and what was deleted of it keeps its space. */
  @Test
  void whatIsOpenedOfABodyIsClosed() throws IOException {
    AtomicInteger open = new AtomicInteger();
    ObjectBody counted =
        new ObjectBody() {
          @Override
          public long size() {
            return 1000;
          }

          @Override
          public InputStream open() {
            open.incrementAndGet();
            return new ByteArrayInputStream(new byte[1000]) {
              private boolean closed;

              @Override
              public void close() {
                open.addAndGet(closed ? 0 : -1);
                closed = true;
              }
            };
          }
        };
    driver.put("a/key", counted);
    assertThat(driver.putIfAbsent("a/other", counted)).isTrue();
    assertThat(driver.putIfAbsent("a/key", counted)).isFalse();
    assertThat(open).hasValue(0);
  }

  @Test
  void aBodyThatCannotBeOpenedLeavesNothing() throws IOException {
    ObjectBody unopenable =
        new ObjectBody() {
          @Override
          public long size() {
            return 10;
          }

          @Override
          public InputStream open() throws IOException {
            throw new IOException("cannot be opened");
          }
        };
    assertThatIOException().isThrownBy(() -> driver.put("a/key", unopenable));
    assertNothingIsThere();
  }

  @Test
  void aBodyOfAnotherLengthThanItSaidLeavesNothing() throws IOException {
    assertThatIOException().isThrownBy(() -> driver.put("a/key", new BrokenBody(1000, 999, false)));
    assertThatIOException()
        .isThrownBy(() -> driver.put("a/key", new BrokenBody(1000, 1001, false)));
    assertThatIOException().isThrownBy(() -> driver.put("a/key", new BrokenBody(0, 1, false)));
    assertThatIOException()
        .isThrownBy(() -> driver.putIfAbsent("a/key", new BrokenBody(1000, 0, false)));
    assertNothingIsThere();
  }

  @Test
  void aBodyThatFailsLeavesWhatWasThere() throws IOException {
    put("a/key", "content");
    ObjectBody failing = new BrokenBody(500_000, 250_000, true);
    assertThatIOException().isThrownBy(() -> driver.put("a/key", failing));
    assertThat(content("a/key")).isEqualTo("content");
  }

  // Keys

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./b",
        "a\0b",
        "a\nb",
        "a\\b",
        "a/\u00e9",
        "a\u007f",
        ".cistern/a",
        ".cistern"
      })
  void whatIsNoKeyIsRefused(String key) throws IOException {
    assertIsRefused(key);
    assertThat(keys("")).isEmpty();
  }

  @Test
  void overlongKeysAreRefused() {
    assertIsRefused("a/" + "b".repeat(256));
    assertIsRefused("a/".repeat(512) + "b");
  }

  @Test
  void longKeysAreTaken() throws IOException {
    String segment = "s".repeat(255);
    String longest = segment + "/" + segment + "/" + segment + "/" + segment;
    put(longest, "content");

    assertThat(longest).hasSize(1023);
    assertThat(content(longest)).isEqualTo("content");
    assertThat(keys("")).containsExactly(longest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a.b/c-d/e_f",
        "...",
        "a/.hidden",
        "~a/@b/+c",
        "a b/c",
        "a:b",
        "%2e%2e/a",
        "a/.cistern/b"
      })
  void unusualKeysAreKeys(String key) throws IOException {
    put(key, "content");
    assertThat(content(key)).isEqualTo("content");
    assertThat(keys("")).containsExactly(key);
    driver.delete(List.of(key));
    assertThat(keys("")).isEmpty();
  }

  // Listings

  @Test
  void aListingHasEveryObjectBelowAPrefixAtAnyDepth() throws IOException {
    put("a/1", "x");
    put("a/b/2", "xx");
    put("a/b/c/3", "xxx");
    put("a-b/4", "x");
    put("ab/5", "x");
    put("b", "x");

    assertThat(keys("a")).containsExactlyInAnyOrder("a/1", "a/b/2", "a/b/c/3");
    assertThat(keys("a/b")).containsExactlyInAnyOrder("a/b/2", "a/b/c/3");
    assertThat(keys("")).containsExactlyInAnyOrder("a/1", "a/b/2", "a/b/c/3", "a-b/4", "ab/5", "b");
    assertThat(keys("a/b/c/3")).isEmpty();
    try (Stream<ObjectStat> list = driver.list("a/b/c")) {
      ObjectStat stat = driver.stat("a/b/c/3").orElseThrow();
      assertThat(list.toList()).containsExactly(stat);
    }
  }

  @Test
  void childrenAreNamedOnce() throws IOException {
    put("a/1", "x");
    put("a/b/2", "x");
    put("a/b/c/3", "x");
    put("a/b-c", "x");
    put("ab/5", "x");

    assertThat(children("a")).containsExactlyInAnyOrder("1", "b", "b-c");
    assertThat(children("a/b")).containsExactlyInAnyOrder("2", "c");
    assertThat(children("")).containsExactlyInAnyOrder("a", "ab");
    assertThat(children("a/1")).isEmpty();
  }

  @Test
  void aListingMayBeLeftUnread() throws IOException {
    for (int i = 0; i < 50; i++) {
      put("a/" + i + "/b", "x");
    }
    for (int i = 0; i < unreadListings(); i += 2) {
      try (Stream<ObjectStat> list = driver.list("a");
          Stream<String> children = driver.children("a")) {
        assertThat(list.findFirst()).isPresent();
        assertThat(children.findFirst()).isPresent();
      }
    }
  }

  @Test
  void objectsMayBeDeletedFromTheirOwnListing() throws IOException {
    for (int i = 0; i < 100; i++) {
      put("a/" + i % 10 + "/" + i, "x");
    }
    try (Stream<ObjectStat> list = driver.list("a")) {
      for (ObjectStat stat : (Iterable<ObjectStat>) list::iterator) {
        driver.delete(List.of(stat.key()));
      }
    }
    assertThat(keys("a")).isEmpty();
  }

  @Test
  void aListingUnderChangeHasWhatStaysOnce() throws Exception {
    Set<String> staying = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      put("a/" + i + "/stays", "x");
      staying.add("a/" + i + "/stays");
    }
    CountDownLatch listed = new CountDownLatch(1);
    List<Future<?>> changes = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      int thread = t;
      changes.add(
          threads.submit(
              until(
                  listed,
                  round -> {
                    String key = "a/" + round % 130 + "/comes-and-goes-" + thread;
                    put(key, "y");
                    driver.delete(List.of(key));
                  })));
    }
    for (int i = 0; i < 30; i++) {
      assertThat(keys("a").stream().filter(key -> key.endsWith("/stays")))
          .containsExactlyInAnyOrderElementsOf(staying);
    }
    listed.countDown();
    for (Future<?> change : changes) {
      change.get();
    }
    assertThat(keys("a")).containsExactlyInAnyOrderElementsOf(staying);
  }

  // Concurrency

  @Test
  void readersDuringReplacementsSeeWholeObjects() throws Exception {
    driver.put("a/key", ObjectBody.of(filled(1_001, 1)));
    CountDownLatch written = new CountDownLatch(1);
    List<Future<?>> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      readers.add(threads.submit(until(written, round -> assertIsWhole(bytes("a/key")))));
    }
    List<Future<?>> writers = new ArrayList<>();
    for (int w = 0; w < 4; w++) {
      int writer = w;
      writers.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 25; i++) {
                  int fill = 1 + (writer * 25 + i) % 100;
                  driver.put("a/key", ObjectBody.of(filled(1_000 * fill + fill, fill)));
                }
                return null;
              }));
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    written.countDown();
    for (Future<?> reader : readers) {
      reader.get();
    }
    assertIsWhole(bytes("a/key"));
    assertThat(keys("")).containsExactly("a/key");
  }

  @Test
  void writersAndDeletersOfNeighboursDoNotDisturbEachOther() throws Exception {
    List<Future<?>> workers = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      String key = "a/deep/directory/that/comes/and/goes/" + t;
      workers.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 15; i++) {
                  driver.put(key, body("content of " + key));
                  assertThat(content(key)).isEqualTo("content of " + key);
                  driver.delete(List.of(key));
                  assertThat(driver.putIfAbsent(key, body("again"))).isTrue();
                  driver.delete(List.of(key));
                  assertThat(driver.stat(key)).isEmpty();
                }
                return null;
              }));
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(keys("")).isEmpty();
  }

  @Test
  void oneOpenObjectServesManyThreads() throws Exception {
    byte[] bytes = new byte[100_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
    }
    driver.put("a/key", ObjectBody.of(bytes));
    try (StoredObject object = driver.open("a/key", ObjectRange.ALL).orElseThrow()) {
      List<Future<?>> readers = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int offset = t * 1000;
        readers.add(
            threads.submit(
                () -> {
                  for (int position = offset; position < bytes.length; position += 997) {
                    ByteBuffer one = ByteBuffer.allocate(1);
                    assertThat(object.read(one, position)).isEqualTo(1);
                    assertThat(one.get(0)).isEqualTo(bytes[position]);
                  }
                  return null;
                }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  // SupportsAdoption

  @Test
  void anAdoptedFileIsTheObjectAndIsGone() throws IOException {
    SupportsAdoption adopting = adopting();
    Path file = Files.write(adopting.spoolDirectory().resolve("adopted"), filled(100_000, 9));
    adopting.adopt(file, "a/key");

    assertThat(bytes("a/key")).isEqualTo(filled(100_000, 9));
    assertThat(file).doesNotExist();
  }

  @Test
  void anAdoptedFileReplacesWhatIsThere(@TempDir Path elsewhere) throws IOException {
    SupportsAdoption adopting = adopting();
    put("a/key", "first");
    adopting.adopt(
        Files.writeString(adopting.spoolDirectory().resolve("adopted"), "second"), "a/key");
    assertThat(content("a/key")).isEqualTo("second");

    adopting.adopt(Files.writeString(elsewhere.resolve("adopted"), "third"), "a/key");
    assertThat(content("a/key")).isEqualTo("third");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void whatLiesInTheSpoolIsNoObject() throws IOException {
    Path file = Files.writeString(adopting().spoolDirectory().resolve("growing"), "not yet");
    assertThat(keys("")).isEmpty();
    assertThat(children("")).isEmpty();
    assertThat(file).exists();
  }

  @Test
  void aFileThatIsNotThereIsNotAdopted() throws IOException {
    SupportsAdoption adopting = adopting();
    put("a/key", "first");
    assertThatIOException()
        .isThrownBy(() -> adopting.adopt(adopting.spoolDirectory().resolve("missing"), "a/key"));
    assertThat(content("a/key")).isEqualTo("first");
  }

  @Test
  void aRefusedAdoptionLeavesTheFile() throws IOException {
    SupportsAdoption adopting = adopting();
    Path file = Files.writeString(adopting.spoolDirectory().resolve("kept"), "content");
    assertThatIllegalArgumentException().isThrownBy(() -> adopting.adopt(file, "a/../key"));
    assertThat(file).hasContent("content");
  }

  // SupportsFileChannel

  @Test
  void aChannelGivesTheObject() throws IOException {
    SupportsFileChannel channels = channels();
    put("a/key", "content");
    try (FileChannel channel = channels.openChannel("a/key").orElseThrow()) {
      assertThat(channel.position()).isZero();
      assertThat(channel.size()).isEqualTo(7);
      ByteBuffer buffer = ByteBuffer.allocate(7);
      channel.read(buffer);
      assertThat(buffer.array()).isEqualTo("content".getBytes(UTF_8));
    }
  }

  @Test
  void aChannelGoesOnAfterItsObject() throws IOException {
    SupportsFileChannel channels = channels();
    put("a/key", "first");
    try (FileChannel channel = channels.openChannel("a/key").orElseThrow()) {
      put("a/key", "second");
      driver.delete(List.of("a/key"));
      ByteBuffer buffer = ByteBuffer.allocate(5);
      channel.read(buffer);
      assertThat(buffer.array()).isEqualTo("first".getBytes(UTF_8));
    }
  }

  @Test
  void thereIsNoChannelWithoutAnObject() throws IOException {
    SupportsFileChannel channels = channels();
    put("a/b/c", "content");
    assertThat(channels.openChannel("a/missing")).isEmpty();
    assertThat(channels.openChannel("a/b")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> channels.openChannel("../a"));
  }

  // SupportsTouch

  @Test
  void aTouchedObjectHasTheTimeThatItWasGiven() throws IOException {
    SupportsTouch touching = touching();
    put("a/key", "content");
    put("a/other", "content");
    Instant other = driver.stat("a/other").orElseThrow().modified();
    Instant time = Instant.parse("2024-02-29T12:34:56Z");

    touching.touch("a/key", time);

    assertThat(driver.stat("a/key").orElseThrow().modified()).isEqualTo(time);
    assertThat(content("a/key")).isEqualTo("content");
    assertThat(driver.stat("a/other").orElseThrow().modified()).isEqualTo(other);
    try (Stream<ObjectStat> listed = driver.list("a")) {
      assertThat(listed.filter(stat -> stat.key().equals("a/key")))
          .extracting(ObjectStat::modified)
          .containsExactly(time);
    }
  }

  @Test
  void touchingWhatIsNotThereMakesNothing() throws IOException {
    SupportsTouch touching = touching();
    put("a/b/c", "content");

    touching.touch("a/missing", Instant.EPOCH);
    touching.touch("a/b", Instant.EPOCH);

    assertThat(keys("")).containsExactly("a/b/c");
    assertThatIllegalArgumentException().isThrownBy(() -> touching.touch("../a", Instant.EPOCH));
  }

  @Test
  void aTouchedObjectThatIsReplacedIsNew() throws IOException {
    SupportsTouch touching = touching();
    put("a/key", "first");
    touching.touch("a/key", Instant.parse("2024-02-29T12:34:56Z"));
    put("a/key", "second");
    assertThat(driver.stat("a/key").orElseThrow().modified())
        .isAfter(Instant.parse("2024-03-01T00:00:00Z"));
  }

  // SupportsFreeSpace

  @Test
  void thereIsRoomForMore() throws IOException {
    assumeThat(driver).isInstanceOf(SupportsFreeSpace.class);
    assertThat(((SupportsFreeSpace) driver).freeSpace()).isPositive();
  }

  private SupportsTouch touching() {
    assumeThat(driver).isInstanceOf(SupportsTouch.class);
    return (SupportsTouch) driver;
  }

  private SupportsAdoption adopting() {
    assumeThat(driver).isInstanceOf(SupportsAdoption.class);
    return (SupportsAdoption) driver;
  }

  private SupportsFileChannel channels() {
    assumeThat(driver).isInstanceOf(SupportsFileChannel.class);
    return (SupportsFileChannel) driver;
  }

  private void assertIsRefused(String key) {
    assertThatIllegalArgumentException().isThrownBy(() -> driver.stat(key));
    assertThatIllegalArgumentException().isThrownBy(() -> driver.open(key, ObjectRange.ALL));
    assertThatIllegalArgumentException().isThrownBy(() -> driver.put(key, body("x")));
    assertThatIllegalArgumentException().isThrownBy(() -> driver.putIfAbsent(key, body("x")));
    assertThatIllegalArgumentException().isThrownBy(() -> driver.delete(List.of(key)));
    if (!key.isEmpty()) {
      assertThatIllegalArgumentException().isThrownBy(() -> keys(key));
      assertThatIllegalArgumentException().isThrownBy(() -> children(key));
    }
  }

  private void assertNothingIsThere() throws IOException {
    assertThat(driver.stat("a/key")).isEmpty();
    assertThat(keys("")).isEmpty();
  }

  private static void assertIsAllOrFails(StoredObject object, int size, int fill)
      throws IOException {
    byte[] bytes;
    try {
      bytes = readFully(object);
    } catch (IOException e) {
      // Allowed for a back-end that does not keep deleted bytes.
      return;
    }
    assertThat(bytes).isEqualTo(filled(size, fill));
  }

  private static void assertIsWhole(byte[] bytes) {
    int fill = bytes[0];
    assertThat(bytes).isEqualTo(filled(1_000 * fill + fill, fill));
  }

  private interface Round {
    void run(int round) throws Exception;
  }

  private static Callable<?> until(CountDownLatch end, Round round) {
    return () -> {
      for (int i = 0; end.getCount() > 0 && !Thread.currentThread().isInterrupted(); i++) {
        round.run(i);
      }
      return null;
    };
  }

  private static byte[] filled(int size, int fill) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static ObjectBody body(String content) {
    return ObjectBody.of(content.getBytes(UTF_8));
  }

  private void put(String key, String content) throws IOException {
    driver.put(key, body(content));
  }

  private String content(String key) throws IOException {
    return new String(bytes(key), UTF_8);
  }

  private byte[] bytes(String key) throws IOException {
    try (StoredObject object = driver.open(key, ObjectRange.ALL).orElseThrow()) {
      return readFully(object);
    }
  }

  private static byte[] readFully(StoredObject object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    for (int n = object.read(buffer, 0); n >= 0; n = object.read(buffer, bytes.size())) {
      bytes.write(buffer.array(), 0, n);
      buffer.clear();
    }
    return bytes.toByteArray();
  }

  private static String read(StoredObject object, long position, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    int n = object.read(buffer, position);
    return new String(buffer.array(), 0, n, UTF_8);
  }

  private List<String> keys(String prefix) throws IOException {
    try (Stream<ObjectStat> list = driver.list(prefix)) {
      return list.map(ObjectStat::key).toList();
    }
  }

  private List<String> children(String prefix) throws IOException {
    try (Stream<String> children = driver.children(prefix)) {
      return children.toList();
    }
  }

  private interface Look {
    void run() throws IOException;
  }

  /** Returns zeros, and calls {@code look} at each read. */
  private record WatchedBody(long size, Look look) implements ObjectBody {

    @Override
    public InputStream open() {
      return new FilterInputStream(new ByteArrayInputStream(new byte[(int) size])) {
        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          look.run();
          return super.read(bytes, offset, length);
        }
      };
    }
  }

  /** Returns that many zeros, whatever size it announced, and then fails or ends. */
  private record BrokenBody(long size, int given, boolean fails) implements ObjectBody {

    @Override
    public InputStream open() {
      return new FilterInputStream(new ByteArrayInputStream(new byte[given])) {
        @Override
        public int read() throws IOException {
          return orFail(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          return orFail(super.read(bytes, offset, length));
        }

        private int orFail(int read) throws IOException {
          if (read < 0 && fails) {
            throw new IOException("the source broke half-way");
          }
          return read;
        }
      };
    }
  }
}
