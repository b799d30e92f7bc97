package dev.cistern.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A driver whose objects are local files and which can open them as channels, so that a server can
 * send them without copying the bytes into the process.
 */
public interface SupportsFileChannel {

  /**
   * Opens the object for reading, at position 0; empty if there is no such object. The caller
   * closes the channel. After the key has been replaced or deleted, reads return the same bytes as
   * before. Do not share the channel: it has a position, and an interrupt of a thread that uses it
   * closes it.
   */
  Optional<FileChannel> openChannel(String key) throws IOException;
}
