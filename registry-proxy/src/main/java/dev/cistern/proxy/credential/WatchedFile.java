package dev.cistern.proxy.credential;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a small file holds, read again when the file has changed. Whether it has is looked up at
 * most once a second, by modification time, size and identity, which finds a replaced file as well
 * as a link that leads elsewhere. A changed file that cannot be used is logged, and what stood
 * there before goes on to count. Thread-safe.
 *
 * @param <T> what is made of the content
 */
final class WatchedFile<T> {

  private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A file that was just written may be written once more within its clock's tick. */
  private static final Duration SETTLING = Duration.ofSeconds(3);

  private static final int MAX_BYTES = 1 << 20;

  /** Makes something of the content; its failures quote nothing of it. */
  interface Reader<T> {
    T read(byte[] content) throws IOException;
  }

  private record Version(FileTime modified, long size, @Nullable Object identity) {}

  private final Path path;
  private final Reader<T> reader;
  private final InstantSource clock;

  // All guarded by this.
  private Instant looked;
  private @Nullable Version version;
  private T value;
  private @Nullable String complaint;

  private WatchedFile(
      Path path, Reader<T> reader, InstantSource clock, Instant looked, Version version, T value) {
    this.path = path;
    this.reader = reader;
    this.clock = clock;
    this.looked = looked;
    this.version = version;
    this.value = value;
  }

  /**
   * Reads a file for the first time.
   *
   * @throws IOException when it cannot be used; names it, and the reason
   */
  static <T> WatchedFile<T> open(Path path, Reader<T> reader, InstantSource clock)
      throws IOException {
    Instant now = clock.instant();
    try {
      Version version = version(path);
      return new WatchedFile<>(path, reader, clock, now, version, reader.read(content(path)));
    } catch (IOException e) {
      throw new IOException(path + " " + describe(e), e);
    }
  }

  /** What the file holds. */
  synchronized T value() {
    Instant now = clock.instant();
    // abs: a clock that was set back must not stop the looking.
    if (Duration.between(looked, now).abs().compareTo(INTERVAL) >= 0) {
      look(now);
    }
    return value;
  }

  /** As {@link #value}, having looked just now. */
  synchronized T valueNow() {
    look(clock.instant());
    return value;
  }

  private void look(Instant now) {
    looked = now;
    try {
      Version found = version(path);
      if (!found.equals(version) || !isSettled(found, now)) {
        value = reader.read(content(path));
        // The version from before reading: a change in between is found the next time.
        version = found;
      }
      complaint = null;
    } catch (IOException e) {
      // What comes next may look like what was read last, and must be read all the same.
      version = null;
      complain(path + " " + describe(e));
    }
  }

  private void complain(String message) {
    if (!message.equals(complaint)) {
      complaint = message;
      log.warn("{}; what it held before goes on to be used", message);
    }
  }

  private static boolean isSettled(Version version, Instant now) {
    return Duration.between(version.modified().toInstant(), now).compareTo(SETTLING) > 0;
  }

  private static Version version(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new IOException("is not a file");
    }
    return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
  }

  private static byte[] content(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException("is larger than 1 MiB");
      }
      return content;
    }
  }

  private static String describe(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "does not exist";
    }
    if (failure instanceof AccessDeniedException) {
      return "may not be read";
    }
    if (failure instanceof FileSystemException e) {
      return "cannot be read: " + e.getReason();
    }
    return Optional.ofNullable(failure.getMessage()).orElse("cannot be read");
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
