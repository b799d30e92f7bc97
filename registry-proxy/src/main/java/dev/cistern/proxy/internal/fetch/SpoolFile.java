package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that a transfer writes and its readers share, all by position. References are counted:
 * the channel is closed with the last one. It stays readable after the file is renamed into the
 * store or deleted.
 *
 * <p>Before bytes are written beyond the front, which leaves a gap, a second file gets the front:
 *
 * <pre>
 * sha256-9f86d081…-1          16 MiB received, nothing, and then 8 MiB
 * front-sha256-9f86d081…-1    000000000016777216
 * </pre>
 *
 * <p>If the process ends, the next one keeps the bytes before the front. A file without a second
 * one has no gap.
 */
final class SpoolFile {

  private static final Logger log = LoggerFactory.getLogger(SpoolFile.class);

  private static final String RECORD = "front-";

  private final Path path;
  private final FileChannel channel;
  private final AtomicInteger holders = new AtomicInteger(1);

  private final Optional<KeptPieces> pieces;

  private SpoolFile(Path path, FileChannel channel, Optional<KeptPieces> pieces) {
    this.path = path;
    this.channel = channel;
    this.pieces = pieces;
  }

  /** Opens a file, empty or from an earlier transfer. The caller has the first reference. */
  static SpoolFile open(Path path) throws IOException {
    return open(path, Optional.empty());
  }

  /** As above, with what is known of its bytes if they have gaps. */
  static SpoolFile open(Path path, Optional<KeptPieces> pieces) throws IOException {
    return new SpoolFile(
        path,
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        pieces);
  }

  /** The pieces that are in the file; empty if it has no gap. */
  Optional<KeptPieces> pieces() {
    return pieces;
  }

  Path path() {
    return path;
  }

  FileChannel channel() {
    return channel;
  }

  private static Path recordOf(Path file) {
    return file.resolveSibling(RECORD + file.getFileName());
  }

  /** The name of the file whose front is recorded in one of this name; empty for other names. */
  static Optional<String> recordedBy(String name) {
    return name.startsWith(RECORD)
        ? Optional.of(name.substring(RECORD.length()))
        : Optional.empty();
  }

  /** Records that the bytes before this position are in the file, and perhaps no others. */
  void recordFront(long position) throws IOException {
    // Of one length, so that a record which replaces another one is never cut.
    Files.writeString(
        recordOf(path),
        "%018d".formatted(position),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }

  /** Cuts the file, which has no gap then. */
  void cutAt(long end) throws IOException {
    if (channel.size() > end) {
      channel.truncate(end);
    }
    forgetFront(path);
  }

  /** Removes what a process that has ended wrote beyond the recorded front of a file. */
  static void cutAtFront(Path file) throws IOException {
    Path record = recordOf(file);
    if (!Files.exists(record)) {
      return;
    }
    try (FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long front = front(Files.readString(record));
      if (opened.size() > front) {
        opened.truncate(front);
      }
    }
    forgetFront(file);
  }

  /** A record that the end of the process cut says nothing. */
  private static long front(String record) {
    return record.matches("[0-9]{18}") ? Long.parseLong(record) : 0;
  }

  /** Deletes a file, with its record. */
  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    forgetFront(file);
  }

  private static void forgetFront(Path file) throws IOException {
    Files.deleteIfExists(recordOf(file));
  }

  /** Writes all these bytes at a position. */
  void write(byte[] bytes, int offset, int count, long position) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes, offset, count);
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  /**
   * Reads up to {@code count} bytes.
   *
   * @return the count read; less than {@code count} at the end of the file
   */
  int read(byte[] target, int count, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(target, 0, count);
    while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {
      // A read may return fewer bytes than requested.
    }
    return bytes.position();
  }

  /**
   * Adds a reference for one more reader.
   *
   * @return false when the channel is closed already
   */
  boolean retain() {
    for (int held = holders.get(); held > 0; held = holders.get()) {
      if (holders.compareAndSet(held, held + 1)) {
        return true;
      }
    }
    return false;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      try {
        channel.close();
      } catch (IOException e) {
        log.warn("Could not close spool file {}: {}", path, e.toString());
      }
    }
  }

  /** Deletes the file unless it was renamed. Readers keep it open. */
  void delete() {
    try {
      delete(path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", path, e.toString());
    }
  }
}
