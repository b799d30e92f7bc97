package dev.cistern.server.auth;

import dev.cistern.api.Printable;
import dev.cistern.server.config.UnusableConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a small file says. {@link #check} reads the file again; {@link AuthThreads} calls it each
 * second, so that {@link #value} never waits for a disk. Thread-safe.
 *
 * <p>New content takes effect at the second check that finds it: a check may come while the file is
 * being written. When a file is not usable any more, this logs a warning once, and the last usable
 * content stays in effect.
 *
 * @param <T> the type of the value
 */
final class WatchedFile<T> {

  private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

  private static final int MAX_BYTES = 1 << 20;

  /** Parses the content. */
  interface Reader<T> {
    /**
     * Parses the content.
     *
     * @throws IOException if it is not usable; the message continues a sentence that begins with
     *     the file, and quotes nothing of the content
     */
    T read(byte[] content) throws IOException;
  }

  private final String key;
  private final Path path;
  private final Reader<T> reader;
  private final boolean beganAsDirectory;
  private volatile T value;

  // All guarded by this.
  private byte[] content;
  private byte @Nullable [] pending;
  private @Nullable String complaint;

  private WatchedFile(String key, Path path, Reader<T> reader, byte[] content, T value) {
    this.key = key;
    this.path = path;
    this.reader = reader;
    this.content = content;
    this.value = value;
    beganAsDirectory = Files.isDirectory(path);
  }

  /**
   * Reads a file for the first time.
   *
   * @param key the key in the configuration that names it
   * @throws IOException if it is not usable; the message is for the operator
   */
  static <T> WatchedFile<T> open(String key, Path path, Reader<T> reader) throws IOException {
    try {
      // The stock configuration of Debian's registry names a directory. It says nothing.
      byte[] content = Files.isDirectory(path) ? new byte[0] : content(path);
      return new WatchedFile<>(key, path, reader, content, reader.read(content));
    } catch (IOException e) {
      throw new UnusableConfigException(message(key, path, e));
    }
  }

  /** What the file says. Does not block. */
  T value() {
    return value;
  }

  /** Reads the file again. */
  synchronized void check() {
    if (beganAsDirectory && Files.isDirectory(path)) {
      // The reader has said so at the start.
      return;
    }
    try {
      byte[] found = content(path);
      if (Arrays.equals(found, content)) {
        pending = null;
      } else if (!Arrays.equals(found, pending)) {
        pending = found;
        return;
      } else {
        T renewed = reader.read(found);
        content = found;
        pending = null;
        value = renewed;
        log.info("{}: {} has changed; using the new content", key, shown(path));
      }
      complaint = null;
    } catch (IOException | RuntimeException e) {
      complain(message(key, path, e));
    }
  }

  private void complain(String message) {
    if (!message.equals(complaint)) {
      complaint = message;
      log.warn("{}; the last usable content stays in effect", message);
    }
  }

  private static byte[] content(Path path) throws IOException {
    // A pipe could be read only once, and would make each later check wait.
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException("is not a regular file; name one");
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException("is larger than 1 MiB; name another file");
      }
      return content;
    }
  }

  private static String message(String key, Path path, Exception failure) {
    return key + ": " + shown(path) + " " + describe(failure);
  }

  private static String shown(Path path) {
    return Printable.escaped(path.toAbsolutePath().toString());
  }

  private static String describe(Exception failure) {
    if (failure instanceof NoSuchFileException) {
      return "does not exist; create it, or name another file";
    }
    if (failure instanceof AccessDeniedException) {
      return "is not readable; give the user of the server read access to it";
    }
    if (failure instanceof FileSystemException e) {
      return "is not readable: " + e.getReason();
    }
    // The messages of other runtime exceptions may quote the content.
    return failure instanceof IOException && failure.getMessage() != null
        ? failure.getMessage()
        : "is not usable (" + failure.getClass().getSimpleName() + ")";
  }

  @Override
  public String toString() {
    return shown(path);
  }
}
