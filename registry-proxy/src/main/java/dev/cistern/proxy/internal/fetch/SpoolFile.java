package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that a transfer writes and its readers share. One thread writes; readers use {@link
 * #channel} by position. References are counted: the channel is closed with the last one. It stays
 * readable after the file is renamed into the store or deleted.
 */
final class SpoolFile {

  private static final Logger log = LoggerFactory.getLogger(SpoolFile.class);

  private final Path path;
  private final FileChannel channel;
  private final AtomicInteger holders = new AtomicInteger(1);

  private SpoolFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Opens a file, empty or from an earlier transfer. The caller has the first reference. */
  static SpoolFile open(Path path) throws IOException {
    return new SpoolFile(
        path,
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  Path path() {
    return path;
  }

  FileChannel channel() {
    return channel;
  }

  /** Writes all these bytes at a position. Only for the writer. */
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
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", path, e.toString());
    }
  }
}
