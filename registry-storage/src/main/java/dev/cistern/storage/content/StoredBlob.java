package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A blob that is open for reading. Several threads may read at the same time. The caller that
 * opened it closes it, which also closes its channel. If the back-end supports it, the blob stays
 * readable while it is open, even after it was deleted.
 *
 * <p>The blob was verified when it was published and is not hashed again when it is read.
 */
public interface StoredBlob extends Closeable {

  /** The blob's digest. */
  Digest digest();

  /** The blob's size in bytes. */
  long size();

  /**
   * The file, to send it without copying its bytes into the process; empty if the back-end has no
   * local files. Every call returns the same channel, so only one user may use its position. It is
   * closed with this blob, and by an interrupt of a thread that uses it.
   */
  Optional<FileChannel> channel();

  /** Reads as {@link dev.cistern.storage.StoredObject#read} does. */
  int read(ByteBuffer dst, long position) throws IOException;
}
