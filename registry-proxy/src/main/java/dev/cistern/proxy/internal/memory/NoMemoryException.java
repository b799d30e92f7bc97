package dev.cistern.proxy.internal.memory;

import java.io.IOException;
import java.time.Duration;

/** This cache has no memory for an answer now. The host that answered did nothing wrong. */
public final class NoMemoryException extends IOException {

  private static final long serialVersionUID = 1;

  /** When to try again. */
  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  public NoMemoryException() {
    super(
        "this cache has no memory for the answer now, because it has other large manifests and lists"
            + " in memory; try again, or give the cache a larger heap");
  }

  /** None: reads are tried again and again while there is no memory. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /** When to try again. */
  public Duration retryAfter() {
    return RETRY_AFTER;
  }
}
