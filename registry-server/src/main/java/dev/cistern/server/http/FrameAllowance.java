package dev.cistern.server.http;

/**
 * How much a client of HTTP/2 may send between two requests. It may also send frames that are no
 * requests: pings, settings, and windows for what it has received. More of them than it can need
 * only keep the thread busy. For the connection's I/O thread.
 */
final class FrameAllowance {

  /**
   * A body as long as the window of the client, which is not read, and the same of other frames.
   */
  private static final int BESIDE_REQUESTS = 128 << 10;

  /**
   * And one more byte for so many that it is sent: twice 13 bytes that open windows, for 4 KiB or
   * more, are less than a quarter of this.
   */
  private static final int WINDOWS = 32;

  private long received;
  private long sentBefore;

  /**
   * A request has arrived.
   *
   * @param sent how many bytes the client was sent so far
   */
  void requestBegins(long sent) {
    received = 0;
    sentBefore = sent;
  }

  /**
   * Bytes have arrived.
   *
   * @param sent how many bytes the client was sent so far
   * @return whether these are more than it may send
   */
  boolean isExceededBy(long count, long sent) {
    received += count;
    return received > BESIDE_REQUESTS + (sent - sentBefore) / WINDOWS;
  }
}
