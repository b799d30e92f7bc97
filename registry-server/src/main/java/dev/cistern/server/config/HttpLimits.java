package dev.cistern.server.config;

import java.time.Duration;

/**
 * What clients may take.
 *
 * @param maxConnections how many connections may be open at once
 * @param maxHeaderSize how many bytes the first line and the headers of a request may have
 * @param requestTimeout how long a client may take to send them, and to send a body
 * @param handshakeTimeout how long a client may take until its first byte; over TLS including the
 *     handshake
 * @param idleTimeout how long a connection without a request is kept open
 * @param writeTimeout how long a client may take nothing of an answer that is ready
 * @param maxStreams how many requests one HTTP/2 connection may have in progress
 */
public record HttpLimits(
    int maxConnections,
    int maxHeaderSize,
    Duration requestTimeout,
    Duration handshakeTimeout,
    Duration idleTimeout,
    Duration writeTimeout,
    int maxStreams) {

  private static final int MOST_CONNECTIONS = 16_384;

  public static final HttpLimits DEFAULT =
      new HttpLimits(
          MOST_CONNECTIONS,
          32 << 10,
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(75),
          Duration.ofSeconds(60),
          100);

  /**
   * How many requests a client may take back on one HTTP/2 connection within half a minute: all
   * that it may have in progress, and the same number again.
   */
  public int maxResets() {
    return 2 * maxStreams;
  }

  /** Accepts what makes sense. */
  public HttpLimits {
    if (maxConnections < 1 || maxHeaderSize < 1024 || maxStreams < 1) {
      throw new IllegalArgumentException(
          "at least one connection, one stream and 1024 bytes of headers are needed");
    }
    for (Duration timeout :
        new Duration[] {requestTimeout, handshakeTimeout, idleTimeout, writeTimeout}) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("a time limit must be positive: " + timeout);
      }
    }
  }
}
