package dev.cistern.proxy.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.internal.store.Costs;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens in whatever order (blobs are asked for, arrive piece by piece, are read, go for
 * their age, for want of room or by other hands, and the cache is dropped and another one starts on
 * what lies on disk in that moment), readers get right bytes, the disk stays within its limit, a
 * digest is transferred once at a time, and what is counted is what is there. {@code
 * -Dcistern.seed} replays one run, as far as threads can be replayed.
 */
class CrashModelTest {

  private static final int RUNS = Integer.getInteger("cistern.runs", 10);
  private static final int STEPS = 120;
  private static final int BLOBS = 16;
  private static final int LARGEST = 150_000;
  private static final int MOST_TRANSFERS = 3;
  private static final long MAX_SIZE = 1_000_000;

  private static final List<RepositoryName> REPOSITORIES =
      List.of(new RepositoryName("model/a"), new RepositoryName("model/b"));

  @TempDir private Path directory;

  private final Map<Digest, byte[]> contents = new LinkedHashMap<>();
  private final List<Digest> digests;
  private final ManualClock clock = new ManualClock();
  private final List<Reader> readers = new ArrayList<>();
  private Random random = new Random();
  private @Nullable Life current;
  private int lives;

  CrashModelTest() {
    Random bytes = new Random(5);
    for (int i = 0; i < BLOBS; i++) {
      byte[] content = new byte[1 + bytes.nextInt(LARGEST)];
      bytes.nextBytes(content);
      contents.put(Digest.sha256(content), content);
    }
    digests = List.copyOf(contents.keySet());
    // Files have the time of the machine, and this must not be behind.
    clock.advance(Duration.between(clock.instant(), Instant.now()));
  }

  /** A cache until it is dropped. */
  private record Life(Path root, SteppedUpstream upstream, PullThroughCache cache) {}

  private Life life() {
    return Objects.requireNonNull(current);
  }

  private byte[] content(Digest digest) {
    return Objects.requireNonNull(contents.get(digest));
  }

  private void sendAll(Digest digest) {
    life().upstream.allow(digest, content(digest).length);
  }

  /** A client that asked for a blob. */
  private static final class Reader {
    final Digest digest;
    final CompletableFuture<BlobContent> content;
    final ByteArrayOutputStream read = new ByteArrayOutputStream();

    Reader(Digest digest, CompletableFuture<BlobContent> content) {
      this.digest = digest;
      this.content = content;
    }
  }

  @Test
  void noInterleavingBreaksTheRules() throws Exception {
    Long only = Long.getLong("cistern.seed");
    for (int run = 0; run < (only == null ? RUNS : 1); run++) {
      long seed = only == null ? System.nanoTime() : only;
      random = new Random(seed);
      List<String> trace = new ArrayList<>();
      try {
        start(Files.createDirectory(directory.resolve("life-" + lives++)));
        for (int i = 0; i < STEPS; i++) {
          step(trace);
          requireTheRules();
        }
        end();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("-Dcistern.seed=" + seed + ", after " + trace, e);
      }
    }
  }

  private void start(Path root) throws Exception {
    List<Path> earlier = spools(root);
    SteppedUpstream upstream = new SteppedUpstream(contents);
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(upstream)
            .storage(FilesystemDriver.open(root))
            .clock(clock)
            .limits(
                Limits.builder()
                    .maxSize(MAX_SIZE)
                    .ttl(Duration.ofHours(10))
                    .sweep(Duration.ofMillis(5))
                    .build())
            .build();
    current = new Life(root, upstream, cache);
    assertThat(earlier).as("spools of earlier lives").noneMatch(Files::exists);
    // A copy of what changes meanwhile may be larger than what there ever was at one time.
    Await.until(() -> cache.diskUsage().indexed() && cache.diskUsage().used() <= MAX_SIZE);
  }

  private static List<Path> spools(Path root) throws IOException {
    Path base = root.resolve(".cistern/spool");
    if (Files.notExists(base)) {
      return List.of();
    }
    try (Stream<Path> spools = Files.list(base)) {
      return spools.toList();
    }
  }

  private void step(List<String> trace) throws Exception {
    int choice = random.nextInt(100);
    Digest digest = digests.get(random.nextInt(BLOBS));
    if (choice < 35) {
      trace.add("ask");
      ask(digest);
    } else if (choice < 60) {
      trace.add("send");
      send();
    } else if (choice < 80) {
      trace.add("read");
      if (!readers.isEmpty()) {
        readSome(readers.get(random.nextInt(readers.size())));
      }
    } else if (choice < 86) {
      trace.add("leave");
      if (!readers.isEmpty()) {
        leave(readers.remove(random.nextInt(readers.size())));
      }
    } else if (choice < 92) {
      trace.add("wait");
      clock.advance(Duration.ofMinutes(random.nextInt(120)));
    } else if (choice < 96) {
      trace.add("delete");
      Files.deleteIfExists(file(digest));
    } else {
      trace.add("crash");
      crash();
    }
  }

  private void ask(Digest digest) throws Exception {
    // So that a transfer always fits, and none is passed through, of which there may be several.
    Await.until(
        () -> {
          List<Digest> held = life().upstream.held();
          if (held.size() >= MOST_TRANSFERS) {
            sendAll(held.get(0));
          }
          return held.size() < MOST_TRANSFERS && underWay() <= MOST_TRANSFERS;
        });
    RepositoryName repository = REPOSITORIES.get(random.nextInt(REPOSITORIES.size()));
    Reader reader = new Reader(digest, life().cache.blob(repository, digest).toCompletableFuture());
    Await.until(() -> reader.content.isDone() || life().upstream.isTransferring(digest));
    readers.add(reader);
  }

  /**
   * How many transfers of this life have a file that is not published yet. Earlier lives have left
   * no other file of the same blob, which {@link #start} requires.
   */
  private long underWay() throws IOException {
    Set<Digest> started = life().upstream.started();
    try (Stream<Path> files = Files.walk(life().root.resolve(".cistern/spool"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> started.stream().anyMatch(digest -> name.contains(digest.hex())))
          .count();
    } catch (UncheckedIOException e) {
      // Something went while it was walked.
      return underWay();
    }
  }

  /** Whether no transfer of this life takes room: all have been published, or have failed. */
  private boolean nothingIsUnderWay() throws IOException {
    DiskUsage usage = life().cache.diskUsage();
    return usage.equals(Costs.usage(usage.contents(), usage.bytes(), spooled()));
  }

  private void send() {
    List<Digest> held = life().upstream.held();
    if (!held.isEmpty()) {
      Digest digest = held.get(random.nextInt(held.size()));
      int length = content(digest).length;
      life().upstream.allow(digest, random.nextBoolean() ? length : random.nextInt(length + 1));
    }
  }

  /** What is here already, and no more than a slow client would. */
  private void readSome(Reader reader) throws IOException {
    if (reader.content.isDone()) {
      BlobContent content = reader.content.join();
      int position = reader.read.size();
      if (content.available(position) > 0) {
        ByteBuffer some = ByteBuffer.allocate(1 + random.nextInt(60_000));
        content.read(some, position);
        reader.read.write(some.array(), 0, some.position());
      }
    }
    requireRight(reader);
  }

  private void requireRight(Reader reader) {
    byte[] read = reader.read.toByteArray();
    byte[] content = content(reader.digest);
    assertThat(Arrays.equals(read, 0, read.length, content, 0, read.length)).isTrue();
  }

  private static void leave(Reader reader) {
    Future<?> unused = reader.content.thenAccept(BlobContent::close);
  }

  private Path file(Digest digest) {
    return file(life().root, digest);
  }

  private static Path file(Path root, Digest digest) {
    return root.resolve(
        "docker/registry/v2/blobs/sha256/%s/%s/data"
            .formatted(digest.hex().substring(0, 2), digest.hex()));
  }

  /**
   * The next cache starts on what lies on disk now, and with one file torn as old ones were. At
   * times something has cleaned up old files of spools, which are those of the owners.
   */
  private void crash() throws Exception {
    Path now = directory.resolve("life-" + lives++);
    copy(life().root, now);
    readers.forEach(CrashModelTest::leave);
    readers.clear();
    life().upstream.close();
    life().cache.close();
    assertThat(life().upstream.mostAtOnce()).isLessThanOrEqualTo(1);
    Path torn = file(now, digests.get(random.nextInt(BLOBS)));
    if (Files.exists(torn)) {
      Files.write(torn, new byte[0]);
    }
    if (random.nextInt(4) == 0) {
      for (Path spool : spools(now)) {
        Files.deleteIfExists(spool.resolve("owner"));
      }
    }
    start(now);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            try {
              Files.copy(file, to.resolve(from.relativize(file)));
            } catch (NoSuchFileException e) {
              // It was removed, or got another name, since it was listed.
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              // The same. Going on matters: a crash does not take away what comes after.
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }

  private void requireTheRules() throws IOException {
    assertThat(life().upstream.mostAtOnce()).isLessThanOrEqualTo(1);
    long used = 0;
    for (Digest digest : digests) {
      byte[] stored = stored(digest);
      assertThat(stored.length == 0 || Arrays.equals(stored, content(digest))).isTrue();
      used += stored.length;
    }
    // After the store, so that a file that becomes content meanwhile does not count twice.
    assertThat(used + spooled()).isLessThanOrEqualTo(MAX_SIZE);
  }

  private long spooled() throws IOException {
    try (Stream<Path> files = Files.walk(life().root.resolve(".cistern/spool"))) {
      return files.map(Path::toFile).filter(File::isFile).mapToLong(File::length).sum();
    } catch (UncheckedIOException e) {
      // Something went while it was walked.
      return spooled();
    }
  }

  private byte[] stored(Digest digest) throws IOException {
    try {
      return Files.readAllBytes(file(digest));
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  /** Each client gets all, and then the counts are what lies on disk. */
  private void end() throws Exception {
    for (Reader reader : readers) {
      finish(reader);
    }
    readers.clear();
    Await.until(
        () -> {
          life().upstream.held().forEach(digest -> sendAll(digest));
          return life().upstream.held().isEmpty();
        });
    // What other hands deleted is noticed by the next listing, unless it was being published then.
    Await.until(this::nothingIsUnderWay);
    clock.advance(Duration.ofMinutes(61));
    Await.until(
        () -> {
          DiskUsage usage = life().cache.diskUsage();
          long count = 0;
          long bytes = 0;
          for (Digest digest : digests) {
            if (Files.exists(file(digest))) {
              count++;
              bytes += stored(digest).length;
            }
          }
          return usage.contents() == count && usage.bytes() == bytes && usage.used() <= MAX_SIZE;
        });
    life().cache.close();
    assertThat(life().upstream.mostAtOnce()).isLessThanOrEqualTo(1);
  }

  private void finish(Reader reader) throws Exception {
    Await.until(
        () -> {
          life().upstream.held().forEach(digest -> sendAll(digest));
          return reader.content.isDone();
        });
    try (BlobContent content = reader.content.join()) {
      sendAll(reader.digest);
      assertThat(Reading.all(content)).isEqualTo(content(reader.digest));
    }
    requireRight(reader);
  }
}
