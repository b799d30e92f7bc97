package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.OptionalLong;

/** The hash of a blob's bytes up to some position. For one thread at a time. */
final class BlobHash {

  private static final int BUFFER = 64 * 1024;

  private final DigestAlgorithm algorithm;
  private final MessageDigest hash;
  private long length;

  private BlobHash(DigestAlgorithm algorithm, MessageDigest hash, long length) {
    this.algorithm = algorithm;
    this.hash = hash;
    this.length = length;
  }

  /** The hash of no bytes. */
  static BlobHash of(DigestAlgorithm algorithm) {
    return new BlobHash(algorithm, algorithm.newMessageDigest(), 0);
  }

  /** The hash of the bytes in a file that has no gap. */
  static BlobHash of(DigestAlgorithm algorithm, SpoolFile file) throws IOException {
    BlobHash known = of(algorithm);
    // Most files are new, and have nothing to read.
    byte[] buffer = new byte[(int) Math.min(BUFFER, file.channel().size())];
    for (int n = file.read(buffer, buffer.length, 0);
        n > 0;
        n = file.read(buffer, buffer.length, known.length())) {
      known.update(buffer, 0, n, known.length());
    }
    return known;
  }

  /** An independent copy of this hash. */
  BlobHash fork() {
    try {
      return new BlobHash(algorithm, (MessageDigest) hash.clone(), length);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's SHA-2 can be cloned", e);
    }
  }

  /** How many bytes have been hashed. */
  long length() {
    return length;
  }

  /**
   * Adds bytes of the blob; skips those that are hashed already.
   *
   * @param position the position in the blob of the first of these bytes
   */
  void update(byte[] bytes, int offset, int count, long position) {
    int known = (int) Math.min(count, Math.max(0, length - position));
    hash.update(bytes, offset + known, count - known);
    length += count - known;
  }

  /**
   * Compares the hash with the digest, and the length with the size.
   *
   * @param size the size that the upstream announced, if it did
   * @param upstream the upstream's name, for the message
   * @throws WrongBytesException when one of them differs
   */
  void verify(Digest digest, OptionalLong size, String upstream) throws WrongBytesException {
    if (size.isPresent() && size.getAsLong() != length) {
      throw new WrongBytesException(
          "Blob %s: upstream %s sent %d of %d bytes"
              .formatted(digest, upstream, length, size.getAsLong()));
    }
    String actual = HexFormat.of().formatHex(fork().hash.digest());
    if (!actual.equals(digest.hex())) {
      throw new WrongBytesException(
          "Blob %s: upstream %s sent bytes whose digest is %s:%s"
              .formatted(digest, upstream, algorithm.wireName(), actual));
    }
  }
}
