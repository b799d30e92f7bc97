package dev.cistern.storage.content;

import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads objects that fit into memory, whole. */
final class SmallObject {

  /**
   * A digest, a media type: a longer one is something else, and its beginning is enough to see
   * that.
   */
  private static final int LONGEST_LINE = 1024;

  private SmallObject() {}

  /**
   * @throws IOException when the object is larger than that, so that it is never taken for what it
   *     is not
   */
  static Optional<byte[]> read(StorageDriver driver, String key, int largest) throws IOException {
    Optional<StoredObject> opened = driver.open(key);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      if (object.size() > largest) {
        throw new IOException(
            key + " has " + object.size() + " bytes; at most " + largest + " were expected");
      }
      return Optional.of(readFully(object, key, (int) object.size()));
    }
  }

  /** The object's one line, without white space around it. */
  static Optional<String> readLine(StorageDriver driver, String key) throws IOException {
    Optional<StoredObject> opened = driver.open(key);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      byte[] bytes = readFully(object, key, (int) Math.min(LONGEST_LINE, object.size()));
      return Optional.of(new String(bytes, StandardCharsets.US_ASCII).strip());
    }
  }

  private static byte[] readFully(StoredObject object, String key, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (object.read(buffer, buffer.position()) < 0) {
        throw new EOFException(
            key + " ends after " + buffer.position() + " of " + length + " bytes");
      }
    }
    return buffer.array();
  }
}
