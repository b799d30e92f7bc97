package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.time.Duration;

/** This cache has no memory to read an answer now. The host that answered did nothing wrong. */
final class NoMemoryException extends IOException {

  NoMemoryException() {
    super(
        "this cache has no memory for the answer now, because it is reading other manifests and tag"
            + " lists; try again, or give the cache a larger heap");
  }

  /** When to try again. */
  Duration retryAfter() {
    return Duration.ofSeconds(1);
  }
}
