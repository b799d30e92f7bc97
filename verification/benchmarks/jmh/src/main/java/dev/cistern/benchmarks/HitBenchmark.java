package dev.cistern.benchmarks;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInputStream;
import dev.cistern.proxy.content.ManifestContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the cache's answer costs for what it has, but for HTTP. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HitBenchmark {

  private static final RepositoryName REPOSITORY = new RepositoryName("library/alpine");
  private static final Tag TAG = new Tag("latest");
  private static final int SMALL_BLOB = 6000;

  private final byte[] manifest =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
      "config":{"mediaType":"application/vnd.oci.image.config.v1+json",
      "digest":"sha256:4a1702535825b59b213f75a8c4163bf43e957697ee8996c5e3596604668440b1","size":6000},
      "layers":[]}"""
          .getBytes(StandardCharsets.UTF_8);
  private final MemoryUpstream upstream = new MemoryUpstream(manifest, MediaType.OCI_MANIFEST);
  private final Digest manifestDigest = Digest.sha256(manifest);
  private final Digest blobDigest = upstream.add(new byte[SMALL_BLOB]);
  private final CacheOnDisk disk;

  /** Makes an empty cache. */
  public HitBenchmark() {
    try {
      disk = new CacheOnDisk(upstream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pulls everything once. */
  @Setup
  public void fill() throws IOException {
    blobRead();
    manifestByTag();
    manifestByDigest();
  }

  /** Deletes the cache. */
  @TearDown
  public void delete() throws IOException {
    disk.close();
  }

  /** A manifest by its digest. */
  @Benchmark
  public ManifestContent manifestByDigest() {
    return disk.cache().manifest(REPOSITORY, manifestDigest).toCompletableFuture().join();
  }

  /** A manifest by a tag whose meaning is still taken as known. */
  @Benchmark
  public ManifestContent manifestByTag() {
    return disk.cache().manifest(REPOSITORY, TAG).toCompletableFuture().join();
  }

  /** A blob of 6,000 bytes, opened and closed. */
  @Benchmark
  public OptionalLong blobOpened() {
    try (BlobContent blob = blob()) {
      return blob.size();
    }
  }

  /** A blob of 6,000 bytes, read. */
  @Benchmark
  public long blobRead() throws IOException {
    try (InputStream in = new BlobInputStream(blob())) {
      return in.transferTo(OutputStream.nullOutputStream());
    }
  }

  private BlobContent blob() {
    return disk.cache().blob(REPOSITORY, blobDigest).toCompletableFuture().join();
  }
}
