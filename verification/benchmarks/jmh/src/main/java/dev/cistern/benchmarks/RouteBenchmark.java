package dev.cistern.benchmarks;

import dev.cistern.api.RegistryException;
import dev.cistern.api.Route;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to read what a request asks for. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RouteBenchmark {

  private static final String DIGEST =
      "sha256:4a1702535825b59b213f75a8c4163bf43e957697ee8996c5e3596604668440b1";

  /** The shape of the request's target. */
  @Param({"blob", "manifest by digest", "manifest by tag", "deep name", "encoded"})
  public String shape = "";

  private String target = "";

  /** Chooses the target. */
  @Setup
  public void choose() {
    target =
        switch (shape) {
          case "blob" -> "/v2/library/alpine/blobs/" + DIGEST;
          case "manifest by digest" -> "/v2/library/alpine/manifests/" + DIGEST;
          case "manifest by tag" -> "/v2/library/alpine/manifests/3.20";
          case "deep name" -> "/v2/a/team/with/many/parts/in/its/name/manifests/latest";
          case "encoded" -> "/v2/library/alpine/blobs/" + DIGEST.replace(":", "%3A");
          default -> throw new IllegalArgumentException(shape);
        };
  }

  /** Parses one target. */
  @Benchmark
  public Route parse() throws RegistryException {
    return Route.parse(target, "");
  }
}
