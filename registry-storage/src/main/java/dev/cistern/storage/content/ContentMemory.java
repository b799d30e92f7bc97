package dev.cistern.storage.content;

import java.io.IOException;

/**
 * Gives the memory into which a {@link ContentStore} reads manifests and lists, so that a program
 * can bound it: each read takes as much as the object is long. Thread-safe.
 */
@FunctionalInterface
public interface ContentMemory {

  /** As much as the heap has. */
  ContentMemory UNBOUNDED = byte[]::new;

  /**
   * An array to read into.
   *
   * @param length of the object, in bytes
   * @throws IOException when there is no memory for it; the caller of the store gets this exception
   */
  byte[] allocate(int length) throws IOException;
}
