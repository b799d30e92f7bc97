package dev.cistern.proxy.internal.shared;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.fetch.SkippingBlob;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.content.StoredBlob;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob that is read from the shared store, and from the upstream if the store fails before its
 * end: if it sends nothing for too long, if it is too slow, or if it fails. The reader sees one
 * transfer. One thread reads from the store, another one, which waits for a limited time only, from
 * this.
 */
final class SharedBlob implements UpstreamBlob {

  private static final Logger log = LoggerFactory.getLogger(SharedBlob.class);

  private static final int PIECE = 64 << 10;
  private static final int PIECES = 4;

  /**
   * How patient to be.
   *
   * @param silence the longest time without a byte
   * @param leastRate the lowest rate in bytes a second, measured over {@code silence}
   */
  record Patience(Duration silence, long leastRate) {}

  /** Where to go on if the store fails. */
  @FunctionalInterface
  interface Fallback {
    UpstreamBlob open(ResumePoint from) throws RegistryException;
  }

  /** A piece of the blob, or its end or failure. */
  private static final class Piece {

    final byte[] bytes;
    final int length;
    final @Nullable IOException failure;

    private Piece(byte[] bytes, int length, @Nullable IOException failure) {
      this.bytes = bytes;
      this.length = length;
      this.failure = failure;
    }

    static Piece of(byte[] bytes, int length) {
      return new Piece(bytes, length, null);
    }

    static Piece end() {
      return new Piece(new byte[0], -1, null);
    }

    static Piece failed(IOException cause) {
      return new Piece(new byte[0], 0, cause);
    }

    boolean isEnd() {
      return length < 0;
    }
  }

  private final StoredBlob blob;
  private final ResumePoint asked;
  private final Patience patience;
  private final Fallback fallback;
  private final StoreGate gate;
  private final BlockingQueue<Piece> pieces = new ArrayBlockingQueue<>(PIECES);

  private long position;
  private @Nullable Piece piece;
  private int taken;
  private long waited;
  private long received;
  private volatile boolean complete;
  private volatile boolean closed;
  private volatile boolean cancelled;
  private volatile @Nullable UpstreamBlob rest;

  /**
   * @param asked where to start, and where to end
   */
  SharedBlob(
      StoredBlob blob, ResumePoint asked, Patience patience, Fallback fallback, StoreGate gate) {
    this.blob = blob;
    this.asked = asked;
    this.patience = patience;
    this.fallback = fallback;
    this.gate = gate;
    position = asked.position();
  }

  /** Starts to read the store. If no thread is free, all comes from the upstream. */
  void start(Executor threads) {
    try {
      threads.execute(this::receive);
    } catch (RejectedExecutionException e) {
      pieces.add(Piece.failed(new IOException("too many reads of the shared store")));
      release();
    }
  }

  private void receive() {
    long at = asked.position();
    long end = Math.min(blob.size(), asked.end().orElse(Long.MAX_VALUE));
    try {
      while (!closed && at < end) {
        byte[] bytes = new byte[(int) Math.min(PIECE, end - at)];
        int count = blob.read(ByteBuffer.wrap(bytes), at);
        if (count < 0) {
          throw new EOFException("it ended at byte " + at + " of " + end);
        }
        at += count;
        put(Piece.of(bytes, count));
      }
      put(Piece.end());
    } catch (IOException e) {
      put(Piece.failed(e));
    } catch (RuntimeException | Error e) {
      put(Piece.failed(new IOException(e)));
    } finally {
      release();
    }
  }

  private void put(Piece next) {
    try {
      // Ends when there is no reader any more.
      while (!closed && !pieces.offer(next, 1, TimeUnit.SECONDS)) {
        log.trace("Waiting until blob {} is read on", blob.digest());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public OptionalLong totalLength() {
    return OptionalLong.of(blob.size());
  }

  @Override
  public long start() {
    return asked.position();
  }

  /** None: that of the upstream is another one. */
  @Override
  public Optional<String> etag() {
    return Optional.empty();
  }

  /** Whether all bytes that were asked for came from the store. */
  boolean isComplete() {
    return complete;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    UpstreamBlob other = rest;
    if (other != null) {
      return other.read(buffer, offset, length);
    }
    if (length == 0) {
      return 0;
    }
    Piece current = piece;
    if (current == null || taken == current.length) {
      current = next();
      piece = current;
      taken = 0;
      if (current.isEnd()) {
        complete = true;
        // A small blob may come slowly and yet end before the patience does.
        if (waited >= patience.silence.toNanos() / 3 && rate() < patience.leastRate) {
          gate.slow(Duration.ofNanos(waited), patience.silence);
        } else {
          gate.worked();
        }
      } else if (current.failure != null) {
        return goOn(current.failure).read(buffer, offset, length);
      }
    }
    if (current.isEnd()) {
      return -1;
    }
    int count = Math.min(length, current.length - taken);
    System.arraycopy(current.bytes, taken, buffer, offset, count);
    taken += count;
    position += count;
    return count;
  }

  private Piece next() {
    if (cancelled) {
      // What has come before would leave no room for the piece that says so.
      return cancellation();
    }
    long begin = System.nanoTime();
    Piece next = null;
    try {
      next = pieces.poll(patience.silence.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (next == null) {
      return failure("it sent nothing for " + patience.silence.toMillis() + " ms");
    }
    // Only the time in which this waits for the store counts, not that without a reader.
    waited += System.nanoTime() - begin;
    received += Math.max(0, next.length);
    if (waited >= patience.silence.toNanos()) {
      long rate = rate();
      waited = 0;
      received = 0;
      if (next.length > 0 && rate < patience.leastRate) {
        return failure("it sent only " + rate + " bytes a second");
      }
    }
    return next;
  }

  private long rate() {
    return (long) (received * 1e9 / waited);
  }

  private Piece failure(String reason) {
    gate.shut(patience.silence);
    return Piece.failed(new IOException(reason));
  }

  /** Goes on from the upstream, at the same position. */
  private UpstreamBlob goOn(IOException cause) throws RegistryException {
    closed = true;
    release();
    if (cancelled) {
      throw new RegistryException(ErrorCode.UNAVAILABLE, "The transfer was cancelled");
    }
    gate.failed(
        "Blob %s could not be read from the shared store at byte %d and comes from the upstream"
            .formatted(blob.digest(), position),
        cause);
    ResumePoint missing = ResumePoint.at(position);
    UpstreamBlob opened =
        fallback.open(asked.end().isPresent() ? missing.upTo(asked.end().getAsLong()) : missing);
    UpstreamBlob other = new SkippingBlob(opened, position);
    rest = other;
    if (cancelled) {
      other.cancel();
    }
    return other;
  }

  private static Piece cancellation() {
    return Piece.failed(new IOException("the transfer was cancelled"));
  }

  private void release() {
    try {
      blob.close();
    } catch (IOException e) {
      log.debug("Could not close blob {} of the shared store", blob.digest(), e);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    closed = true;
    pieces.offer(cancellation());
    release();
    UpstreamBlob other = rest;
    if (other != null) {
      other.cancel();
    }
  }

  @Override
  public void close() {
    closed = true;
    // The reading thread may wait for room.
    pieces.clear();
    release();
    UpstreamBlob other = rest;
    if (other != null) {
      other.close();
    }
  }
}
