package dev.cistern.proxy.internal.shared;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * A small object in the local directory that says up to when all its content is stored in the
 * shared store, too:
 *
 * <pre>
 * cistern/uploaded   "1764294365": what was stored here before that second is there
 * </pre>
 */
final class UploadMark {

  static final String KEY = "cistern/uploaded";

  private static final int LONGEST = 20;

  private final StorageDriver driver;

  /**
   * @param driver the local directory
   */
  UploadMark(StorageDriver driver) {
    this.driver = driver;
  }

  /** The time; empty if there is none. */
  Optional<Instant> read() throws IOException {
    Optional<StoredObject> opened = driver.open(KEY, ObjectRange.ALL);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LONGEST, object.size()));
      while (bytes.hasRemaining() && object.read(bytes, bytes.position()) >= 0) {
        // Reads on until all is there.
      }
      String text = new String(bytes.array(), 0, bytes.position(), US_ASCII);
      return text.matches("[0-9]{1,11}")
          ? Optional.of(Instant.ofEpochSecond(Long.parseLong(text)))
          : Optional.empty();
    }
  }

  /** Stores a time. */
  void write(Instant time) throws IOException {
    driver.put(KEY, ObjectBody.of(Long.toString(time.getEpochSecond()).getBytes(US_ASCII)));
  }
}
