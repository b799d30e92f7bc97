package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;

/** Where the bytes of one blob come from: an upstream, bound to a repository and a digest. */
@FunctionalInterface
public interface BlobSource {

  /** The upstream's name in messages. */
  default String name() {
    return "(unnamed)";
  }

  /** Whether a manifest that was verified declares this size of the blob. */
  default boolean isDeclared(long size) {
    return false;
  }

  /** Whether the last transfer comes from a cache and not from an upstream. */
  default boolean isCached() {
    return false;
  }

  /** Whether to store what the last transfer brought. Not if another cache stores it. */
  default boolean isWorthKeeping() {
    return true;
  }

  /**
   * Starts a transfer. Blocks until the upstream has answered.
   *
   * @param from where to start; the upstream may start earlier, see {@link UpstreamBlob#start}
   */
  UpstreamBlob open(ResumePoint from) throws RegistryException;
}
