package dev.cistern.benchmarks;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One transfer of a cold blob of 4 MiB, and those who read it as it grows, each from the start. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 15)
@Measurement(iterations = 25)
public class FollowersBenchmark {

  private static final RepositoryName REPOSITORY = new RepositoryName("library/alpine");
  private static final int SIZE = 4 * 1024 * 1024;

  /** How many read it. */
  @Param({"1", "10", "100", "1000"})
  public int followers = 1;

  private final MemoryUpstream upstream = new MemoryUpstream(new byte[0], MediaType.OCI_MANIFEST);
  private final byte[] bytes = new byte[SIZE];
  private final ExecutorService readers = Executors.newFixedThreadPool(2);
  private final CacheOnDisk disk;
  private Digest cold = Digest.sha256(bytes);
  private long number;

  /** Makes an empty cache. */
  public FollowersBenchmark() {
    try {
      disk = new CacheOnDisk(upstream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    new Random(1).nextBytes(bytes);
  }

  /** Makes a blob that was not pulled yet. */
  @Setup(Level.Invocation)
  public void change() {
    upstream.remove(cold);
    ByteBuffer.wrap(bytes).putLong(0, ++number);
    cold = upstream.add(bytes);
  }

  /** Deletes the cache. */
  @TearDown
  public void delete() throws IOException {
    readers.shutdown();
    disk.close();
  }

  /** From the first request until everyone has everything. */
  @Benchmark
  public long follow() {
    List<CompletableFuture<Long>> ends =
        IntStream.range(0, followers)
            .mapToObj(
                follower ->
                    disk.cache()
                        .blob(REPOSITORY, cold)
                        .thenCompose(blob -> Follower.follow(blob, readers))
                        .toCompletableFuture())
            .toList();
    return ends.stream().mapToLong(CompletableFuture::join).sum();
  }
}
