package dev.cistern.proxy.event;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;

/**
 * One fetch of one blob. Its identity is this object: each fetch has its own.
 *
 * @param upstream where the blob comes from
 * @param repository the repository for which it was started
 */
public record BlobTransfer(String upstream, RepositoryName repository, Digest digest) {}
