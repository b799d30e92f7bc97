package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A blob opened for reading in place. Positional reads may come from several threads. Whoever
 * opened it closes it; that closes its channel too. The bytes stay readable while it is open, also
 * when the blob is deleted meanwhile, where the back-end can do that.
 *
 * <p>The bytes were verified when they were published and are not hashed again when they are read.
 */
public interface StoredBlob extends Closeable {

  Digest digest();

  /** In bytes. */
  long size();

  /**
   * The file itself, to be sent without the bytes passing through the process; empty when the
   * back-end has no local files. The same channel each time, so its position is one user's; it is
   * closed with this blob, and an interrupt of a thread that is using it closes it.
   */
  Optional<FileChannel> channel();

  /** As {@link dev.cistern.storage.StoredObject#read}. */
  int read(ByteBuffer dst, long position) throws IOException;
}
