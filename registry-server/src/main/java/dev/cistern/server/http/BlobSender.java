package dev.cistern.server.http;

import dev.cistern.proxy.content.BlobContent;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * Sends a body from content that may still be arriving, at the client's pace.
 *
 * <p>It lives on the exchange's I/O thread, as the listener of the response channel, and is always
 * in one of three states: the socket is full and the channel wakes it; the content has no more yet
 * and wakes it by {@link BlobContent#whenAvailable}; or it is sending, for at most {@value #TURN}
 * bytes before other exchanges of the thread have their turn. Bytes of a local file go from the
 * file to the socket without being copied here, unless the connection encrypts them; those of other
 * storage are read on a worker thread, as that may wait for a device or a network.
 *
 * <p>When content fails after the headers have been sent, the connection is closed: that the body
 * is shorter than announced is how the client learns of it.
 */
final class BlobSender {

  private static final Logger log = LoggerFactory.getLogger(BlobSender.class);

  /**
   * How much is sent before others have their turn, in bytes: about what a socket takes at once,
   * and a millisecond's work.
   */
  private static final long TURN = 4 << 20;

  /** The same where the connection encrypts it, which takes much longer. */
  private static final long ENCRYPTED_TURN = 256 << 10;

  private static final long WAITING = -1;

  private final HttpServerExchange exchange;
  private final BlobContent content;
  private final Iterator<Segment> segments;
  private final StreamSinkChannel sink;

  // Into a channel that is no socket the JDK transfers 8 KiB at a time: half a TLS record.
  private final boolean encrypted;

  private Segment segment;
  private long position;
  private @Nullable PooledByteBuffer chunk;

  // A worker fills the chunk, which is its alone until it says on the I/O thread that it is done.
  private boolean reading;

  // Undertow's transferFrom ignores position and count while headers are still to be written, and
  // reads from the channel's own position, which is shared. So it has to wait for them.
  private boolean headersSent;

  private BlobSender(HttpServerExchange exchange, BlobContent content, List<Segment> body) {
    this.exchange = exchange;
    this.content = content;
    segments = body.iterator();
    segment = segments.next();
    position = startOf(segment);
    sink = exchange.getResponseChannel();
    encrypted = exchange.getConnection().getSslSessionInfo() != null;
  }

  /**
   * Starts to send; ends the exchange when done. Call on the exchange's I/O thread, with status and
   * headers set.
   *
   * @param body at least one segment
   */
  static void send(HttpServerExchange exchange, BlobContent content, List<Segment> body) {
    BlobSender sender = new BlobSender(exchange, content, body);
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          sender.releaseChunk();
          next.proceed();
        });
    sender.sink.getWriteSetter().set(channel -> sender.run());
    // An exchange that its handler leaves with nothing under way is taken to be over, but for those
    // that were dispatched.
    exchange.dispatch(SameThreadExecutor.INSTANCE, sender::run);
  }

  private void run() {
    if (reading) {
      return;
    }
    if (exchange.isComplete()) {
      releaseChunk();
      return;
    }
    try {
      sendTurn();
    } catch (IOException e) {
      log.debug("Sending blob {} ended early: {}", content.digest(), e.toString());
      abort(e);
    } catch (RuntimeException | Error e) {
      log.error("Sending blob {} failed", content.digest(), e);
      abort(e);
    }
  }

  private void sendTurn() throws IOException {
    long budget = encrypted ? ENCRYPTED_TURN : TURN;
    while (budget > 0) {
      if (isSent(segment)) {
        if (!segments.hasNext()) {
          exchange.endExchange();
          return;
        }
        segment = segments.next();
        position = startOf(segment);
        continue;
      }
      if (isMissing(segment)) {
        // A client that waits is at least told what for: the headers go out with the first flush.
        if (!sink.flush()) {
          break;
        }
        sink.suspendWrites();
        if (content.whenAvailable(position, this::runOnIoThread)) {
          return;
        }
        continue;
      }
      long sent = sendSome(budget);
      if (sent == WAITING) {
        return;
      }
      if (sent == 0) {
        break;
      }
      budget -= sent;
    }
    sink.resumeWrites();
  }

  private boolean isSent(Segment part) throws IOException {
    if (part instanceof Segment.Text text) {
      return !text.bytes().hasRemaining();
    }
    long end = ((Segment.Bytes) part).end();
    return position == end || (end == Long.MAX_VALUE && content.available(position) < 0);
  }

  private boolean isMissing(Segment part) throws IOException {
    return part instanceof Segment.Bytes && content.available(position) == 0;
  }

  private static long startOf(Segment part) {
    return part instanceof Segment.Bytes bytes ? bytes.first() : 0;
  }

  /**
   * @return how many bytes the socket took, 0 when it is full, {@link #WAITING} when something else
   *     will wake this sender
   */
  private long sendSome(long most) throws IOException {
    if (segment instanceof Segment.Text text) {
      return write(text.bytes());
    }
    long available = content.available(position);
    if (available < 0) {
      throw new IOException("blob ends at " + position + ", before its announced end");
    }
    long end = ((Segment.Bytes) segment).end();
    long count = Math.min(Math.min(available, most), end - position);
    FileChannel file = content.channel().orElse(null);
    long sent =
        file != null && chunk == null && !encrypted && !goesWithHeaders(end - position)
            ? transfer(file, count)
            : sendChunk(count, file != null || content.memory().isPresent());
    position += Math.max(sent, 0);
    return sent;
  }

  /**
   * A small body spares a packet of its own for the headers. A larger one spares the copy of its
   * beginning, which each of thousands of slow clients would hold until its socket has room.
   */
  private boolean goesWithHeaders(long rest) {
    return !headersSent && rest <= exchange.getConnection().getByteBufferPool().getBufferSize();
  }

  private int write(ByteBuffer bytes) throws IOException {
    int sent = sink.write(bytes);
    headersSent |= sent > 0;
    return sent;
  }

  private long transfer(FileChannel from, long count) throws IOException {
    if (!headersSent && !sink.flush()) {
      return 0;
    }
    headersSent = true;
    long sent = sink.transferFrom(from, position, count);
    // A file that was cut under us gives nothing, which must not be taken for a full socket.
    if (sent == 0 && from.size() <= position) {
      throw new IOException("the file of the blob ends at " + from.size());
    }
    return sent;
  }

  /**
   * @param local whether reading waits for the local disk at most
   */
  private long sendChunk(long count, boolean local) throws IOException {
    PooledByteBuffer current = chunk;
    if (current == null) {
      current = exchange.getConnection().getByteBufferPool().allocate();
      chunk = current;
      current.getBuffer().limit(0);
    }
    ByteBuffer bytes = current.getBuffer();
    if (!bytes.hasRemaining()) {
      if (!local) {
        sink.suspendWrites();
        exchange.getConnection().getWorker().execute(() -> readElsewhere(bytes, count));
        reading = true;
        return WAITING;
      }
      read(bytes, count);
    }
    int sent = write(bytes);
    if (local && sent > 0) {
      // A TLS record takes a little less than the chunk: its last bytes begin the next one, for a
      // record of their own would cost as much as a full one.
      bytes.position(bytes.limit());
    }
    if (!bytes.hasRemaining()) {
      releaseChunk();
    }
    return sent;
  }

  private void read(ByteBuffer bytes, long count) throws IOException {
    bytes.clear().limit((int) Math.min(bytes.capacity(), count));
    int read = content.read(bytes, position);
    bytes.flip();
    if (read <= 0) {
      throw new IOException("storage has nothing at " + position);
    }
  }

  private void readElsewhere(ByteBuffer bytes, long count) {
    Runnable next = this::run;
    try {
      read(bytes, count);
    } catch (IOException | RuntimeException | Error e) {
      // Every kind, such as OutOfMemoryError, because the client would wait for the rest.
      log.warn("Reading blob {} failed: {}", content.digest(), e.toString());
      next = () -> abort(e);
    }
    Runnable then = next;
    onIoThread(
        () -> {
          reading = false;
          then.run();
        });
  }

  private void runOnIoThread() {
    onIoThread(this::run);
  }

  private void onIoThread(Runnable step) {
    try {
      exchange.getIoThread().execute(step);
    } catch (RejectedExecutionException e) {
      log.debug("The listener was stopped while it sent blob {}", content.digest());
    }
  }

  private void abort(Throwable cause) {
    Outcome.cut(exchange, cause);
    // A client that has seen the headers knows that it was not the network that failed.
    try {
      sink.flush();
    } catch (IOException e) {
      log.debug("The client of blob {} has left", content.digest());
    }
    IoUtils.safeClose(exchange.getConnection());
    exchange.endExchange();
    releaseChunk();
  }

  private void releaseChunk() {
    PooledByteBuffer held = chunk;
    if (held != null && !reading) {
      chunk = null;
      held.close();
    }
  }
}
