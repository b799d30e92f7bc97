package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;

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
   * Where to request further parts of the blob while its last transfer is in progress; empty when
   * it does not come from an upstream. What it opens may be used by several threads at the same
   * time.
   */
  default Optional<Parts> parts() {
    return Optional.empty();
  }

  /** Opens parts of a blob. Thread-safe. */
  @FunctionalInterface
  interface Parts {

    /**
     * Starts the transfer of a part. Blocks until the upstream has answered.
     *
     * @param part a point with an end
     */
    UpstreamBlob open(ResumePoint part) throws RegistryException;
  }

  /**
   * Starts a transfer. Blocks until the upstream has answered.
   *
   * @param from where to start; the upstream may start earlier, see {@link UpstreamBlob#start}
   */
  UpstreamBlob open(ResumePoint from) throws RegistryException;
}
