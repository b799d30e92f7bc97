package dev.cistern.proxy;

import static dev.cistern.proxy.testing.Samples.ALPINE;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** For tests of a cache that fetches only the ranges that clients ask for. */
abstract class RelayingCache {

  static final String NAME = ALPINE.value();
  static final int MB = 1 << 20;
  static final byte[] CONTENT = Samples.bytes(3 * MB + 4_321);
  static final Digest DIGEST = Digest.sha256(CONTENT);

  final FakeRegistry registry = FakeRegistry.start();
  final Path spool;
  PullThroughCache cache;

  RelayingCache(Path spool) {
    this.spool = spool;
    cache = cache(builder -> builder);
  }

  private PullThroughCache cache(UnaryOperator<PullThroughCacheBuilder> options) {
    return options
        .apply(
            PullThroughCache.builder()
                .upstream(registry.connect())
                .storage(new MemoryDriver())
                .spoolDirectory(spool)
                .retries(new RetryPolicy(2, Duration.ZERO, Duration.ZERO))
                .negativeTtl(Duration.ZERO)
                .maxTransfers(8)
                .rangeFetch(RangeFetch.RELAY))
        .build();
  }

  /** Ends the cache, and starts another one. */
  void replace(UnaryOperator<PullThroughCacheBuilder> options) throws IOException {
    cache.close();
    cache = cache(options);
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  CompletableFuture<BlobContent> open(
      RepositoryName repository, Digest digest, String ranges, Requester requester) {
    return cache
        .blob(repository, digest, RangeSet.parse("bytes=" + ranges).orElseThrow(), requester)
        .toCompletableFuture();
  }

  CompletableFuture<BlobContent> open(RepositoryName repository, Digest digest, String ranges) {
    return open(repository, digest, ranges, Requester.UNKNOWN);
  }

  /** Reads as the server does. */
  static byte[] read(BlobContent content, String ranges) throws IOException {
    List<ByteRange> bytes =
        RangeSet.parse("bytes=" + ranges).orElseThrow().resolve(content.size().orElseThrow());
    content.willRead(
        bytes.stream().mapToLong(ByteRange::first).min().orElseThrow(),
        bytes.stream().mapToLong(ByteRange::last).max().orElseThrow() + 1);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteRange range : bytes) {
      all.write(Reading.from(content, range.first(), range.length()));
    }
    return all.toByteArray();
  }

  static byte[] read(CompletableFuture<BlobContent> opened, String ranges) throws IOException {
    try (BlobContent content = Await.value(opened)) {
      return read(content, ranges);
    }
  }

  byte[] range(String ranges) throws IOException {
    return read(open(ALPINE, DIGEST, ranges), ranges);
  }

  byte[] whole(RepositoryName repository) throws IOException {
    try (BlobContent content = Await.value(cache.blob(repository, DIGEST))) {
      return Reading.all(content);
    }
  }

  static byte[] slice(int first, int last) {
    return Arrays.copyOfRange(CONTENT, first, last + 1);
  }
}
