package dev.cistern.server.http;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.cistern.server.config.HttpConfig;
import java.lang.management.ManagementFactory;

/**
 * What the process can give to clients. A configured limit that is larger than this has no effect.
 *
 * @param descriptors how many files and sockets the process may have open
 * @param heap the largest size of the heap, in bytes
 * @param direct how much memory buffers outside the heap may take, in bytes
 */
record Capacity(long descriptors, long heap, long direct) {

  /** For the log, storage, and transfers from the upstream. */
  private static final long RESERVED_DESCRIPTORS = 128;

  private static final int FEWEST = 16;

  /** What an open connection takes from the heap, in bytes; 5,000 of them fit into 64 MiB. */
  private static final int PLAIN_CONNECTION = 10 << 10;

  /** The same with the state of TLS. */
  private static final int TLS_CONNECTION = 96 << 10;

  /** What a request of HTTP/2 takes from the heap, in bytes: 20 KB of headers, and the rest. */
  private static final int STREAM = 32 << 10;

  /** What an answer of HTTP/2 takes outside the heap while its client does not read it. */
  private static final int STREAM_BUFFERS = 48 << 10;

  /** The limits of this process. */
  static Capacity ofProcess() {
    long heap = Runtime.getRuntime().maxMemory();
    return new Capacity(descriptorLimit(), heap, directLimit(heap));
  }

  private static long descriptorLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  private static long directLimit(long heap) {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long limit =
        machine == null ? 0 : Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    return limit > 0 ? limit : heap;
  }

  /** How many connections may be open at once. */
  int connections(HttpConfig config) {
    long size = config.tls().isPresent() ? TLS_CONNECTION : PLAIN_CONNECTION;
    return (int) Math.min(config.limits().maxConnections(), bounded(heap / size));
  }

  /** How many requests of HTTP/2 may be in progress at once, on all connections. */
  int streams() {
    return (int)
        Math.min(Integer.MAX_VALUE, bounded(Math.min(heap / STREAM, buffers() / STREAM_BUFFERS)));
  }

  /**
   * As each connection, and each request of HTTP/2, may have a file open that it is sent, each of
   * the two kinds gets half of the descriptors.
   */
  private long bounded(long byMemory) {
    long spare = Math.max(descriptors / 2, descriptors - RESERVED_DESCRIPTORS);
    return Math.max(FEWEST, Math.min(byMemory, spare / 2));
  }

  /** How many bytes of requests that have not arrived completely are kept, on all connections. */
  long unfinishedRequests() {
    return heap / 8;
  }

  /** How many bytes requests may hold that wait for an answer, on all connections. */
  long waitingRequests() {
    return heap / 8;
  }

  /** How much memory buffers outside the heap may take before connections are closed for it. */
  long buffers() {
    return direct / 2;
  }

  /**
   * How much the process may reserve for buffers outside the heap before connections are closed for
   * it. This is more than what is held, as freed ones are given back later.
   */
  long reserved() {
    return direct / 4 * 3;
  }
}
