package dev.cistern.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An object that is open for reading. Reads take a position and the object keeps none, so several
 * threads may share it. An interrupt of a thread that is reading may close it for all of them. The
 * caller that opened it closes it; reads then fail with an {@link IOException}.
 */
public interface StoredObject extends Closeable {

  /** The object's length in bytes, which does not change while it is open. */
  long size();

  /**
   * Reads into the buffer's remaining space, from {@code position} bytes into the object. May read
   * less than the buffer can take, but at least one byte unless the buffer is full or the object
   * ends.
   *
   * @return the number of bytes read; -1 at the end of the object and beyond it
   * @throws IOException if the back-end fails, or the bytes that were opened no longer exist
   */
  int read(ByteBuffer dst, long position) throws IOException;
}
