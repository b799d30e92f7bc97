package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A blob from an HTTP answer. Checks its length against the headers, and that the body is not too
 * slow.
 */
final class HttpBlob implements UpstreamBlob {

  // When less is left on close, it is read to keep the connection. Else a new one is cheaper.
  private static final long WORTH_READING = 16 * 1024;

  private final Attempt attempt;
  private final BlobAnswer part;
  private final Exchange answer;
  private final TrickleWatch watch;
  private final UpstreamErrors errors;
  private long position;
  private boolean ended;

  /** Owns the exchange. */
  HttpBlob(
      Attempt attempt,
      BlobAnswer part,
      Exchange answer,
      TrickleWatch watch,
      UpstreamErrors errors) {
    this.attempt = attempt;
    this.part = part;
    this.answer = answer;
    this.watch = watch;
    this.errors = errors;
    position = part.start();
  }

  @Override
  public OptionalLong totalLength() {
    return part.total();
  }

  @Override
  public long start() {
    return part.start();
  }

  @Override
  public Optional<String> etag() {
    return answer.header("ETag").filter(ResumePoint::isStrongEntityTag);
  }

  /** A server that answers a range takes others too (RFC 9110 §14.3). */
  @Override
  public boolean takesParts() {
    return answer.status() == 206
        || answer.headers("Accept-Ranges").stream().anyMatch(units -> units.contains("bytes"));
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    if (length == 0) {
      return 0;
    }
    try {
      watch.begin();
      int n = answer.read(buffer, offset, length);
      boolean trickle = watch.isTrickleAfter(Math.max(0, n));
      if (n < 0) {
        ended = true;
        if (part.end() >= 0 && position != part.end()) {
          throw new ProtocolException(
              "its body ended at " + position + " of " + part.end() + " bytes");
        }
        return -1;
      }
      position += n;
      if (part.end() >= 0 && position > part.end()) {
        throw new ProtocolException(
            "its body is longer than the announced " + part.end() + " bytes");
      }
      if (trickle) {
        answer.cancel();
        throw new SocketTimeoutException(
            "its body is too slow: less than "
                + TrickleWatch.LEAST_BYTES_PER_SECOND
                + " bytes per second");
      }
      return n;
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  @Override
  public void cancel() {
    answer.cancel();
  }

  @Override
  public void close() {
    boolean nearEnd = part.end() >= 0 && part.end() - position <= WORTH_READING;
    if (!ended && !nearEnd) {
      answer.cancel();
    }
    answer.close();
  }
}
