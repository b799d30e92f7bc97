package dev.cistern.proxy.internal.fetch;

import dev.cistern.storage.FailureText;
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
 * <p>A file without a {@link PieceRecord} has no gap.
 */
final class SpoolFile {

  private static final Logger log = LoggerFactory.getLogger(SpoolFile.class);

  private final Path path;
  private final PieceRecord record;
  private final FileChannel channel;
  private final AtomicInteger holders = new AtomicInteger(1);

  private final Optional<KeptPieces> pieces;

  private SpoolFile(Path path, FileChannel channel, Optional<KeptPieces> pieces) {
    this.path = path;
    record = new PieceRecord(path);
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

  /** Tells the next process which bytes are here. */
  PieceRecord record() {
    return record;
  }

  /** Cuts the file, which has no gap then. */
  void cutAt(long end) throws IOException {
    if (channel.size() > end) {
      channel.truncate(end);
    }
    record.delete();
  }

  /**
   * What a process that has ended left in a file. Removes what cannot be relied on.
   *
   * @return the pieces; empty if there is no gap
   */
  static Optional<KeptPieces> recover(Path file) throws IOException {
    PieceRecord record = new PieceRecord(file);
    if (!record.exists()) {
      return Optional.empty();
    }
    Optional<KeptPieces> pieces = record.read(Files.size(file));
    if (pieces.isPresent() && pieces.get().pieces().hasGap()) {
      return pieces;
    }
    try (FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE)) {
      opened.truncate(pieces.map(KeptPieces::bytes).orElse(0L));
    }
    record.delete();
    return Optional.empty();
  }

  /** Deletes a file, with its record. */
  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    new PieceRecord(file).delete();
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
        log.warn("Could not close spool file {}: {}", path, FailureText.of(e));
      }
    }
  }

  /** Deletes the file unless it was renamed. Readers keep it open. */
  void delete() {
    try {
      delete(path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", path, FailureText.of(e));
    }
  }
}
