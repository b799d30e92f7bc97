package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;

/** A blob is larger than the cache may fetch. */
final class TooLargeException extends RegistryException {

  TooLargeException(Digest digest, String upstream, String size, long limit) {
    super(
        ErrorCode.BAD_GATEWAY,
        "Blob %s: upstream %s sends %s bytes, and the cache fetches at most %d"
            .formatted(digest, upstream, size, limit));
  }
}
