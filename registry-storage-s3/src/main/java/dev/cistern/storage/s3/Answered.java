package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads what an answer says of an object. The client library believes every server, and leaves out
 * what an answer does not have. Here such an answer is a failure: a server, or a proxy before it,
 * may ignore what was asked for.
 */
final class Answered {

  private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

  private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

  private Answered() {}

  /** What is known of an object. */
  static ObjectStat stat(String key, @Nullable Long size, @Nullable Instant modified)
      throws StorageException {
    if (modified == null || modified.isBefore(Instant.EPOCH) || modified.isAfter(LAST_TIME)) {
      throw unusable(key, "the time " + modified);
    }
    // Listings have milliseconds, and other answers have not.
    return new ObjectStat(key, size(key, size), modified.truncatedTo(ChronoUnit.SECONDS));
  }

  /** The size of an object. */
  static long size(String key, @Nullable Long size) throws StorageException {
    if (size == null || size < 0) {
      throw unusable(key, "the size " + size);
    }
    return size;
  }

  /**
   * The size of the whole object of which an answer has a part.
   *
   * @throws StorageException if it does not have the part that was asked for, as far as the object
   *     has that
   */
  static long wholeSize(String key, ObjectRange asked, GetObjectResponse answer)
      throws StorageException {
    long received = size(key, answer.contentLength());
    String range = answer.contentRange();
    if (range == null) {
      if (asked.first() == 0 && asked.length() >= received) {
        return received;
      }
      throw unusable(key, "all bytes, not the part that was asked for");
    }
    Matcher part = RANGE.matcher(range);
    if (part.matches()) {
      long first = Long.parseLong(part.group(1));
      long end = Long.parseLong(part.group(2)) + 1;
      long size = Long.parseLong(part.group(3));
      if (first == asked.first() && end == asked.end(size) && received == end - first) {
        return size;
      }
    }
    throw unusable(key, "another part than the one that was asked for: " + range);
  }

  private static StorageException unusable(String key, String what) {
    return new StorageException(
        Kind.UNAVAILABLE, "the server's answer for " + key + " has " + what, null);
  }
}
