package dev.cistern.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * The power of a driver whose objects are local files to hand out a channel, from which a server
 * can send without the bytes passing through the process.
 */
public interface SupportsFileChannel {

  /**
   * Opens the object read-only, at position 0; empty when there is none. The caller closes the
   * channel, which goes on giving the bytes that it was opened on after the key is replaced or
   * deleted. A channel belongs to one user: it has a position, and an interrupt of a thread that is
   * using it closes it.
   */
  Optional<FileChannel> openChannel(String key) throws IOException;
}
