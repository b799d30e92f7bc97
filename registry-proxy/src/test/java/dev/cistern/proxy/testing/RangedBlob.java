package dev.cistern.proxy.testing;

import static dev.cistern.proxy.testing.FakeRegistry.body;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RangeSet;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;

/** A blob of a {@link FakeRegistry} that is sent in ranges, each of which is recorded. */
public final class RangedBlob implements FakeRegistry.Answer {

  /** How to answer a request in another way; may wait at a {@link Gate}. */
  @FunctionalInterface
  public interface Otherwise {
    Optional<MockResponse> to(RecordedRequest request);
  }

  private final byte[] content;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile Otherwise before = request -> Optional.empty();

  private RangedBlob(byte[] content) {
    this.content = content;
  }

  /** Puts a blob into a registry. */
  public static RangedBlob in(FakeRegistry registry, String repository, byte[] content) {
    return in(registry, repository, Digest.sha256(content), content);
  }

  /** As above, under a digest that may be wrong. */
  public static RangedBlob in(
      FakeRegistry registry, String repository, Digest digest, byte[] content) {
    RangedBlob blob = new RangedBlob(content);
    registry.blob(repository, digest, content);
    registry.answer(FakeRegistry.getBlob(repository, digest), blob);
    return blob;
  }

  /** Answers from now on in this way, and as ever where that is empty. */
  public void first(Otherwise answer) {
    before = answer;
  }

  /** Answers from now on only after each request has passed a gate. */
  public void firstPass(Gate gate) {
    first(
        request -> {
          gate.pass();
          return Optional.empty();
        });
  }

  /** The ranges that were asked for, such as {@code 0-9}; {@code whole} for all. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** The bytes of all answers. */
  public long bytes() {
    return asked.stream()
        .mapToLong(range -> range.equals("whole") ? content.length : length(range))
        .sum();
  }

  private static long length(String range) {
    String[] ends = range.split("-", -1);
    return Long.parseLong(ends[1]) - Long.parseLong(ends[0]) + 1;
  }

  @Override
  public MockResponse to(RecordedRequest request) {
    Optional<RangeSet> ranges =
        Optional.ofNullable(request.getHeaders().get("Range")).flatMap(RangeSet::parse);
    ByteRange range =
        ranges.isPresent()
            ? ranges.get().resolve(content.length).get(0)
            : new ByteRange(0, content.length - 1L);
    asked.add(ranges.isPresent() ? range.first() + "-" + range.last() : "whole");
    Optional<MockResponse> other = before.to(request);
    if (other.isPresent()) {
      return other.get();
    }
    MockResponse.Builder answer =
        body(Arrays.copyOfRange(content, (int) range.first(), (int) range.last() + 1))
            .newBuilder()
            .setHeader("Accept-Ranges", "bytes");
    return ranges.isEmpty()
        ? answer.build()
        : answer
            .code(206)
            .setHeader(
                "Content-Range",
                "bytes %d-%d/%d".formatted(range.first(), range.last(), content.length))
            .build();
  }
}
