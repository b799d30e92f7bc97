package dev.cistern.proxy.event;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;

/**
 * One fetch of one blob. Each fetch has its own object; compare them by identity.
 *
 * @param upstream the name of the upstream that sends the blob
 * @param repository the repository of the request that started the fetch
 * @param cause the request that started the fetch
 */
public record BlobTransfer(String upstream, RepositoryName repository, Digest digest, Cause cause)
    implements Cause {

  /** A fetch whose cause is not known. */
  public BlobTransfer(String upstream, RepositoryName repository, Digest digest) {
    this(upstream, repository, digest, Cause.UNKNOWN);
  }
}
