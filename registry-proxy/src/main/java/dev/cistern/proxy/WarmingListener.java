package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.proxy.ImageSource.Origin;

/**
 * Gets the events of an {@link ImageWarming}. Every method does nothing unless overridden. Called
 * on the threads that do the work, for several blobs at the same time; must not block.
 */
public interface WarmingListener {

  /** Does nothing. */
  WarmingListener NONE = new WarmingListener() {};

  /** A blob was requested. */
  default void blobRequested(Descriptor blob) {}

  /**
   * More of a blob has come.
   *
   * @param bytes how many have come
   */
  default void blobAdvanced(Descriptor blob, long bytes) {}

  /** A blob has come. Not called if it failed: then the image failed. */
  default void blobEnded(Descriptor blob, Origin origin) {}
}
