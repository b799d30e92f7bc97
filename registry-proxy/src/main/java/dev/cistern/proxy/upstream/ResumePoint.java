package dev.cistern.proxy.upstream;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where to resume the transfer of a blob: a position in bytes and, when known, the strong entity
 * tag of the bytes before it.
 */
public final class ResumePoint {

  /** The first byte. */
  public static final ResumePoint START = new ResumePoint(0, null);

  private static final int MAX_ETAG_LENGTH = 1024;

  private final long position;
  private final @Nullable String etag;

  private ResumePoint(long position, @Nullable String etag) {
    this.position = position;
    this.etag = etag;
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
    return position == 0 ? START : new ResumePoint(position, null);
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
    return new ResumePoint(position, etag);
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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResumePoint that
        && position == that.position
        && Objects.equals(etag, that.etag);
  }

  @Override
  public int hashCode() {
    return Objects.hash(position, etag);
  }

  @Override
  public String toString() {
    return etag == null ? "byte " + position : "byte " + position + " of " + etag;
  }
}
