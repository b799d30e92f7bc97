package dev.cistern.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An object opened for reading. Reads name their position and keep none, so several threads may
 * share one. An interrupt of a thread that is reading may close it for all of them. Whoever opened
 * it closes it; a read after that is an {@link IOException}.
 */
public interface StoredObject extends Closeable {

  /** The object's length in bytes; does not change while it is open. */
  long size();

  /**
   * Reads into the buffer's remaining space, from {@code position} bytes into the object. May give
   * less than there is space for, and gives at least one byte when there is space and the object
   * goes on.
   *
   * @return how many bytes were read; -1 at the end of the object and beyond it
   * @throws IOException when the back-end fails, or can no longer give the bytes that this was
   *     opened on
   */
  int read(ByteBuffer dst, long position) throws IOException;
}
