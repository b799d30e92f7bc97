package dev.cistern.proxy.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cache that is killed again and again under load, with less disk than there is to pull. {@code
 * -Dcistern.kills} says how often, {@code -Dcistern.seed} when and what for.
 */
class KilledCacheTest {

  private static final int KILLS = Integer.getInteger("cistern.kills", 25);
  private static final long SEED = Long.getLong("cistern.seed", System.nanoTime());
  private static final int CLIENTS = 6;

  /** A cache lives until so much has been read from it, at most. */
  private static final int MOST_READ = 5_000_000;

  private static final long MAX_SIZE = 5_000_000;

  @TempDir private Path root;
  private final Stock stock = new Stock();
  private final StockUpstream upstream;
  private final Random random = new Random(SEED);
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final Semaphore bytesRead = new Semaphore(0);
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong cut = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  KilledCacheTest() throws IOException {
    upstream = new StockUpstream(stock);
  }

  @AfterEach
  void close() {
    clients.shutdownNow();
    upstream.close();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void afterEachKillNothingWrongIsThereAndNothingIsLost() throws Exception {
    System.out.printf("-Dcistern.kills=%d -Dcistern.seed=%d%n", KILLS, SEED);
    long most = 0;
    long served = 0;
    for (int i = 0; i < KILLS; i++) {
      liveAndDie();
      most = Math.max(most, size());
      assertThat(stored()).as("seed %d, kill %d", SEED, i).isNotNull();
      if (i % 5 == 0) {
        served += serveWithoutUpstream();
      }
    }
    removeLeftovers();
    System.out.printf(
        "%d kills, %d complete answers right, %d cut, %d told to have failed; upstream: %d GET of"
            + " which %d went on; %d contents served without it; at most %d bytes on disk%n",
        KILLS,
        answers.get(),
        cut.get(),
        failed.get(),
        upstream.gets(),
        upstream.resumed(),
        served,
        most);
    assertThat(failed).hasValue(0);
    assertThat(answers.get()).isPositive();
    // What was written when it died is in no account until the next start.
    assertThat(most).isLessThan(2 * MAX_SIZE);
  }

  private void liveAndDie() throws Exception {
    Process cache = start();
    List<Future<?>> pulls = new ArrayList<>();
    try {
      int port = Integer.parseInt(firstLine(cache));
      for (int i = 0; i < CLIENTS; i++) {
        Random choice = new Random(random.nextLong());
        pulls.add(clients.submit(() -> pull(port, choice)));
      }
      // Not for a time, in which a busy machine may do nothing.
      assertThat(bytesRead.tryAcquire(random.nextInt(MOST_READ), 60, TimeUnit.SECONDS)).isTrue();
      assertThat(cache.isAlive()).isTrue();
    } finally {
      cache.destroyForcibly();
      assertThat(cache.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    for (Future<?> pull : pulls) {
      pull.get(60, TimeUnit.SECONDS);
    }
    bytesRead.drainPermits();
  }

  private Process start() throws IOException {
    Process cache = newProcess().start();
    // Reading its output cannot be interrupted.
    CompletableFuture.delayedExecutor(150, TimeUnit.SECONDS).execute(cache::destroyForcibly);
    return cache;
  }

  private ProcessBuilder newProcess() {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            DoomedCache.class.getName(),
            root.toString(),
            upstream.url(),
            Long.toString(MAX_SIZE))
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  private static String firstLine(Process cache) throws IOException {
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(cache.getInputStream(), StandardCharsets.US_ASCII));
    return out.readLine();
  }

  /** Pulls one thing after another until the cache is dead. */
  private Void pull(int port, Random choice) {
    try (Socket cache = new Socket(InetAddress.getLoopbackAddress(), port);
        DataInputStream in = new DataInputStream(cache.getInputStream())) {
      while (true) {
        Stock.Item item = stock.items().get(choice.nextInt(stock.items().size()));
        cache
            .getOutputStream()
            .write(
                "%s %s %s\n"
                    .formatted(
                        item.isManifest() ? "manifest" : "blob", item.repository(), item.digest())
                    .getBytes(StandardCharsets.US_ASCII));
        read(in, item.digest());
      }
    } catch (IOException e) {
      cut.incrementAndGet();
    }
    return null;
  }

  private void read(DataInputStream in, Digest digest) throws IOException {
    MessageDigest hash = digest.algorithm().newMessageDigest();
    int length = in.readInt();
    for (; length > 0; length = in.readInt()) {
      hash.update(in.readNBytes(length));
      bytesRead.release(length);
    }
    if (length == 0) {
      assertThat(HexFormat.of().formatHex(hash.digest())).isEqualTo(digest.hex());
      answers.incrementAndGet();
    } else {
      failed.incrementAndGet();
    }
  }

  private long size() throws IOException {
    long size = 0;
    for (Path file : files(root)) {
      size += Files.size(file);
    }
    return size;
  }

  private static List<Path> files(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      // Killed before it stored anything.
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        // A cache that runs has removed something under the walk.
        return files(directory);
      }
      throw e;
    }
  }

  /** What is visible in the store, all of which has the bytes that its name says. */
  private List<Digest> stored() throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (Path file : files(root.resolve("docker"))) {
      String name = file.getFileName().toString();
      Path parent = Objects.requireNonNull(file.getParent());
      if (name.equals("data")) {
        Digest digest = Digest.sha256(Files.readAllBytes(file));
        assertThat(parent.getFileName()).hasToString(digest.hex());
        digests.add(digest);
      } else {
        assertThat(name).isEqualTo("link");
        assertThat(Files.readString(file)).isEqualTo("sha256:" + parent.getFileName());
      }
    }
    return digests;
  }

  /** How much is visible while some of it may be on its way out. */
  private long storedNow() throws IOException {
    return files(root.resolve("docker")).stream().filter(file -> file.endsWith("data")).count();
  }

  private PullThroughCache open(String url, ManualClock clock) throws IOException {
    return PullThroughCache.builder()
        .upstream(UpstreamConfig.builder(url).build())
        .storage(FilesystemDriver.open(root))
        .clock(clock)
        .limits(Limits.builder().maxSize(MAX_SIZE).sweep(Duration.ofMillis(5)).build())
        .build();
  }

  /** Everything that is stored and linked is served by the next cache, which has no upstream. */
  private long serveWithoutUpstream() throws IOException {
    long served = 0;
    // The clock stands still, so that nothing goes for its age.
    try (PullThroughCache cache = open("http://127.0.0.1:1", new ManualClock())) {
      for (Stock.Item item : stock.items()) {
        if (Files.exists(file(item)) && Files.exists(link(item))) {
          assertThat(pull(cache, item)).isEqualTo(stock.content(item.digest()));
          served++;
        }
      }
    }
    return served;
  }

  private static byte[] pull(PullThroughCache cache, Stock.Item item) throws IOException {
    if (item.isManifest()) {
      var body = Await.value(cache.manifest(item.repository(), item.digest())).body();
      byte[] bytes = new byte[body.remaining()];
      body.get(bytes);
      return bytes;
    }
    try (BlobContent content = Await.value(cache.blob(item.repository(), item.digest()))) {
      return Reading.all(content);
    }
  }

  private Path file(Stock.Item item) {
    String hex = item.digest().hex();
    return root.resolve(
        "docker/registry/v2/blobs/sha256/%s/%s/data".formatted(hex.substring(0, 2), hex));
  }

  private Path link(Stock.Item item) {
    return root.resolve(
        "docker/registry/v2/repositories/%s/%s/sha256/%s/link"
            .formatted(
                item.repository(),
                item.isManifest() ? "_manifests/revisions" : "_layers",
                item.digest().hex()));
  }

  /** A start and a sweep, once what the dead have left is old, leave content and links alone. */
  private void removeLeftovers() throws Exception {
    Path temporary = root.resolve(".cistern/tmp");
    System.out.printf(
        "%d temporary files, %d files in the spool after the last kill%n",
        files(temporary).size(), files(root.resolve(".cistern/spool")).size());
    for (Path file : files(root.resolve(".cistern"))) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(23))));
    }
    ManualClock clock = new ManualClock();
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    try (PullThroughCache cache = open(upstream.url(), clock)) {
      Await.until(() -> cache.diskUsage().indexed());
      // An unfinished transfer is removed after a day.
      clock.advance(Duration.ofHours(2));
      Path spool = root.resolve(".cistern/spool");
      Await.until(() -> files(spool).stream().allMatch(file -> file.endsWith("owner")));
      Await.until(() -> cache.diskUsage().used() <= MAX_SIZE);
      Await.until(() -> cache.diskUsage().contents() == storedNow());
    }
    assertThat(files(root.resolve(".cistern"))).isEmpty();
    assertThat(size()).isLessThanOrEqualTo(MAX_SIZE);
    assertThat(stored()).isNotEmpty();
  }
}
