package dev.cistern.benchmarks;

import dev.cistern.api.DigestAlgorithm;
import java.security.MessageDigest;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How many MiB a second are hashed, by the size of the arrays in which they come. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DigestBenchmark {

  private static final int MEBIBYTES = 16;

  /** Bytes an array. */
  @Param({"1024", "8192", "16384", "65536", "262144", "1048576"})
  public int array = 1;

  private byte[] bytes = {};

  /** Makes the bytes. */
  @Setup
  public void fill() {
    bytes = new byte[array];
    new Random(1).nextBytes(bytes);
  }

  /** Hashes 16 MiB; an operation is one of them. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public byte[] sha256() {
    MessageDigest digest = DigestAlgorithm.SHA256.newMessageDigest();
    for (int fed = 0; fed < MEBIBYTES * 1024 * 1024; fed += bytes.length) {
      digest.update(bytes, 0, bytes.length);
    }
    return digest.digest();
  }
}
