package dev.cistern.server.config;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * What clients may take.
 *
 * @param maxConnections how many connections may be open at once
 * @param maxHeaderSize how many bytes the line and headers of a request may have
 * @param requestTimeout how long a client may take for them, and for a body that nobody wants
 * @param handshakeTimeout how long a client may take until its first byte, over TLS until the
 *     handshake is done
 * @param idleTimeout how long a connection without a request is kept open
 * @param writeTimeout how long a client may take nothing of what it is sent
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

  /** Kept back for the log, storage, transfers and their connections. */
  private static final long RESERVED_DESCRIPTORS = 128;

  public static final HttpLimits DEFAULT =
      new HttpLimits(
          MOST_CONNECTIONS,
          32 << 10,
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(75),
          Duration.ofSeconds(60),
          100);

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

  /** With no more connections than the process has file descriptors for. */
  public HttpLimits withinDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? withinDescriptors(unix.getMaxFileDescriptorCount())
        : this;
  }

  /** A client takes a descriptor for its connection, and often one for the file it is sent. */
  HttpLimits withinDescriptors(long descriptors) {
    long most = Math.max(16, (descriptors - RESERVED_DESCRIPTORS) * 3 / 4);
    return most >= maxConnections
        ? this
        : new HttpLimits(
            (int) most,
            maxHeaderSize,
            requestTimeout,
            handshakeTimeout,
            idleTimeout,
            writeTimeout,
            maxStreams);
  }
}
