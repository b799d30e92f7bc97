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
 * The file that a transfer grows and its readers share. One writer grows it; readers use {@link
 * #channel} by position. The channel is closed when the last of those who hold it has released it;
 * it stays readable after the file was renamed into the store or deleted.
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

  /** Opens a file, empty or with what an earlier transfer left in it; held once by the caller. */
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

  /** Writes bytes at a position, all of them. For the writer alone. */
  void write(byte[] bytes, int offset, int count, long position) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes, offset, count);
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  /**
   * Reads as many bytes as {@code target} has room for.
   *
   * @return how many there were
   */
  int read(byte[] target, int count, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(target, 0, count);
    while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {
      // A read may bring less than it was asked for.
    }
    return bytes.position();
  }

  /**
   * Holds the channel open for one more reader.
   *
   * @return false when it has been closed already
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

  /** Removes the file's name, if it still has it. Readers are not disturbed. */
  void delete() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", path, e.toString());
    }
  }
}
