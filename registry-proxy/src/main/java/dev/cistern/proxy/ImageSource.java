package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.Requester;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/**
 * Where {@link ImageWarming} requests the parts of an image. Methods do not block, and may complete
 * at once. Stages fail with what the image fails with. Thread-safe.
 */
public interface ImageSource {

  /**
   * A manifest that was received.
   *
   * @param digest of the body
   * @param body the bytes
   * @param stale why the source could not confirm that the tag still names it; empty if it could
   */
  record Received(Digest digest, ByteBuffer body, Optional<String> stale) {

    public Received {
      body = body.asReadOnlyBuffer();
    }

    /** All bytes; every call returns a new buffer with its own position. */
    @Override
    public ByteBuffer body() {
      return body.duplicate();
    }
  }

  /** Where a blob was. */
  enum Origin {
    /** The cache had it. */
    CACHED,
    /** The upstream sent it, in part at least, and the cache has it now. */
    FETCHED,
    /** The upstream sent it, and the cache cannot store it. */
    NOT_STORED,
    /** The source does not say. */
    UNKNOWN
  }

  /** Requests a manifest. */
  CompletionStage<Received> manifest(
      RepositoryName repository, Reference reference, Requester requester);

  /**
   * Requests a blob, and completes when all of its bytes have come.
   *
   * @param requester once it no longer waits, the stage may fail
   * @param received gets the number of bytes that have come, again and again
   */
  CompletionStage<Origin> blob(
      RepositoryName repository, Descriptor blob, Requester requester, LongConsumer received);
}
