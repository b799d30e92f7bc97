package dev.cistern.server.http;

import dev.cistern.proxy.content.BlobContent;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Iterator;
import java.util.List;
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
 * bytes before other exchanges of the thread have their turn. Bytes of a local file go from the file
 * to the socket without being copied here; others are read on a worker thread, as that may wait for
 * a device or a network.
 *
 * <p>When content fails after the headers have been sent, the connection is closed: that the body is
 * shorter than announced is how the client learns of it.
 */
final class BlobSender {

  private static final Logger log = LoggerFactory.getLogger(BlobSender.class);

  /** How much is sent before others have their turn, in bytes. */
  private static final long TURN = 1 << 20;

  private final HttpServerExchange exchange;
  private final BlobContent content;
  private final @Nullable FileChannel file;
  private final Iterator<Segment> segments;
  private final StreamSinkChannel sink;

  private Segment segment;
  private long position;
  private @Nullable PooledByteBuffer chunk;

  private BlobSender(HttpServerExchange exchange, BlobContent content, List<Segment> body) {
    this.exchange = exchange;
    this.content = content;
    file = content.channel().orElse(null);
    segments = body.iterator();
    segment = segments.next();
    position = startOf(segment);
    sink = exchange.getResponseChannel();
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
    sender.run();
  }

  private void run() {
    try {
      sendTurn();
    } catch (IOException e) {
      log.debug("Sending blob {} ended early: {}", content.digest(), e.toString());
      abort();
    } catch (RuntimeException | Error e) {
      log.error("Sending blob {} failed", content.digest(), e);
      abort();
    }
  }

  private void sendTurn() throws IOException {
    long budget = TURN;
    while (budget > 0) {
      Step step = segment instanceof Segment.Bytes bytes ? sendBytes(bytes, budget) : sendText();
      switch (step.kind) {
        case SENT -> budget -= step.count;
        case BLOCKED -> {
          sink.resumeWrites();
          return;
        }
        case WAITING -> {
          return;
        }
        case FINISHED -> {
          if (!segments.hasNext()) {
            exchange.endExchange();
            return;
          }
          segment = segments.next();
          position = startOf(segment);
        }
      }
    }
    sink.resumeWrites();
  }
}
