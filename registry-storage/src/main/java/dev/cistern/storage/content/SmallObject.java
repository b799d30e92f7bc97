package dev.cistern.storage.content;

import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads small objects into memory. */
final class SmallObject {

  /**
   * More than any digest or media type. The beginning of a longer object is enough to see that it
   * is neither.
   */
  private static final int LONGEST_LINE = 1024;

  private SmallObject() {}

  /**
   * Reads the whole object; empty if there is no such object.
   *
   * @throws IOException if the object is larger than {@code largest} bytes, or there is no memory
   *     for it
   */
  static Optional<byte[]> read(StorageDriver driver, String key, int largest, ContentMemory memory)
      throws IOException {
    Optional<StoredObject> opened = driver.open(key, ObjectRange.ALL);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      if (object.size() > largest) {
        throw new IOException(
            key
                + " is too large: "
                + object.size()
                + " bytes, but at most "
                + largest
                + " are allowed");
      }
      return Optional.of(readFully(object, key, memory.allocate((int) object.size())));
    }
  }

  /** The object's text without white space around it; empty if there is no such object. */
  static Optional<String> readLine(StorageDriver driver, String key) throws IOException {
    Optional<StoredObject> opened = driver.open(key, new ObjectRange(0, LONGEST_LINE));
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      int length = (int) Math.min(LONGEST_LINE, object.size());
      byte[] bytes = readFully(object, key, new byte[length]);
      return Optional.of(new String(bytes, StandardCharsets.US_ASCII).strip());
    }
  }

  private static byte[] readFully(StoredObject object, String key, byte[] bytes)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (object.read(buffer, buffer.position()) < 0) {
        throw new EOFException(
            key + " ended after " + buffer.position() + " of " + bytes.length + " bytes");
      }
    }
    return bytes;
  }
}
