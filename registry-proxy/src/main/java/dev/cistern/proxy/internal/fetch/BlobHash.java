package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.OptionalLong;

/** The hash of a blob's bytes from the first to some position. For use by one thread at a time. */
final class BlobHash {

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

  /** This hash as it is now, to go on from separately. */
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
   * Adds bytes of the blob; those that have been hashed already are passed over.
   *
   * @param position in the blob of the first of them
   */
  void update(byte[] bytes, int offset, int count, long position) {
    int known = (int) Math.min(count, Math.max(0, length - position));
    hash.update(bytes, offset + known, count - known);
    length += count - known;
  }

  /**
   * Holds the hash against what the blob should be.
   *
   * @param size that was announced, if any
   * @param upstream what to call whoever sent the bytes
   * @throws WrongBytesException when digest or size differ
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
