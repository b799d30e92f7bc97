package dev.cistern.proxy.upstream;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Where to resume the transfer of a blob: a position in bytes and, when known, the strong entity
 * tag of the bytes before it. For a part of the blob, also where the part ends. Immutable.
 */
public final class ResumePoint {

  private static final long TO_THE_END = Long.MAX_VALUE;

  /** The first byte. */
  public static final ResumePoint START = new ResumePoint(0, null, TO_THE_END);

  private static final int MAX_ETAG_LENGTH = 1024;

  private final long position;
  private final @Nullable String etag;
  private final long end;

  private ResumePoint(long position, @Nullable String etag, long end) {
    this.position = position;
    this.etag = etag;
    this.end = end;
  }

  /**
   * A position in bytes.
   *
   * @throws IllegalArgumentException for a negative position
   */
  public static ResumePoint at(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must not be negative: " + position);
    }
    return position == 0 ? START : new ResumePoint(position, null, TO_THE_END);
  }

  /**
   * This position, valid only while the blob has the given entity tag (RFC 9110 §13.1.5, {@code
   * If-Range}).
   *
   * @param etag the value of {@link UpstreamBlob#etag()}
   * @throws IllegalArgumentException when it is weak or not an entity tag
   */
  public ResumePoint ifStill(String etag) {
    if (!isStrongEntityTag(etag)) {
      throw new IllegalArgumentException("not a strong entity tag: " + etag);
    }
    return new ResumePoint(position, etag, end);
  }

  /**
   * This position, for the bytes before {@code end} alone: one of several parts of a blob that are
   * requested at the same time. An upstream may send more.
   *
   * @throws IllegalArgumentException when there is no such byte
   */
  public ResumePoint upTo(long end) {
    if (end <= position) {
      throw new IllegalArgumentException("no byte from " + position + " to before " + end);
    }
    return new ResumePoint(position, etag, end);
  }

  /** Whether this is a well-formed strong entity tag, quotes included (RFC 9110 §8.8.3). */
  public static boolean isStrongEntityTag(String value) {
    int last = value.length() - 1;
    if (last < 1 || last > MAX_ETAG_LENGTH || value.charAt(0) != '"' || value.charAt(last) != '"') {
      return false;
    }
    return value.substring(1, last).chars().allMatch(c -> c == 0x21 || (c >= 0x23 && c <= 0x7e));
  }

  /** The count of bytes before this point. */
  public long position() {
    return position;
  }

  /** The strong entity tag that the blob must still have, if it is known. */
  public Optional<String> etag() {
    return Optional.ofNullable(etag);
  }

  /** Where the part ends that is wanted; empty when all bytes to the end of the blob are. */
  public OptionalLong end() {
    return end == TO_THE_END ? OptionalLong.empty() : OptionalLong.of(end);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResumePoint that
        && position == that.position
        && end == that.end
        && Objects.equals(etag, that.etag);
  }

  @Override
  public int hashCode() {
    return Objects.hash(position, etag, end);
  }

  @Override
  public String toString() {
    String bytes = "byte " + position + (end == TO_THE_END ? "" : " to before " + end);
    return etag == null ? bytes : bytes + " of " + etag;
  }
}
