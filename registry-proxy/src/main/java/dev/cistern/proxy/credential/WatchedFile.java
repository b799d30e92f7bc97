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
 * The value in a small file, which is read again when the file changes. The file is checked at most
 * once a second, by modification time, size and identity; this also detects a replaced file or
 * link. When a changed file is not valid, this is logged, and the last valid value stays in use.
 * Thread-safe.
 *
 * @param <T> the type of the value
 */
final class WatchedFile<T> {

  private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A file that changed more recently may change again with the same modification time. */
  private static final Duration SETTLING = Duration.ofSeconds(3);

  private static final int MAX_BYTES = 1 << 20;

  /** Parses the content. The message of a failure must contain nothing of it. */
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
   * @throws IOException when it cannot be read or is not valid; the message names it and the reason
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

  /** The value in the file. */
  synchronized T value() {
    Instant now = clock.instant();
    // abs, so that the file is checked even if the clock was set back.
    if (Duration.between(looked, now).abs().compareTo(INTERVAL) >= 0) {
      look(now);
    }
    return value;
  }

  /** As {@link #value}, but checks the file now. */
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
        // The version before reading, so that a change in between is noticed at the next check.
        version = found;
      }
      complaint = null;
    } catch (IOException e) {
      // The next content must be read even if its version equals the last valid one.
      version = null;
      complain(path + " " + describe(e));
    }
  }

  private void complain(String message) {
    if (!message.equals(complaint)) {
      complaint = message;
      log.warn("{}; the last valid content stays in use", message);
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
      return "does not exist; create it, or name another file";
    }
    if (failure instanceof AccessDeniedException) {
      return "cannot be read: permission denied";
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
