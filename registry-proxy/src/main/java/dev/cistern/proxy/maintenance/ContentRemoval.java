package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import java.io.IOException;

/** Deletes content from storage, for all repositories that had it. Called on one thread. */
@FunctionalInterface
public interface ContentRemoval {

  /**
   * Deletes content.
   *
   * @param size its size in bytes
   * @return whether it was deleted; false if it is in use
   */
  boolean remove(Digest digest, long size) throws IOException;
}
