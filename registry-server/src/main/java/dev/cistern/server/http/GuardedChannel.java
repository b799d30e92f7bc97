package dev.cistern.server.http;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.protocols.http2.AbstractHttp2StreamSourceChannel;
import io.undertow.protocols.http2.ConnectionErrorException;
import io.undertow.protocols.http2.Http2Channel;
import io.undertow.protocols.http2.Http2RstStreamStreamSourceChannel;
import io.undertow.protocols.http2.Http2StreamSourceChannel;
import io.undertow.server.protocol.framed.FrameHeaderData;
import io.undertow.server.protocol.http2.Http2OpenListener;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.channels.Channels;

/**
 * A connection of HTTP/2 whose client may send anything. Undertow fails with runtime exceptions on
 * some header blocks and frames, and logs them as faults of the server. Here they end the
 * connection as every other error of its client does (RFC 9113 §5.4.1). A request whose headers
 * could end early in a protocol of lines ends its stream.
 *
 * <p>It also tells which requests the client takes back, as Undertow tells no one. Used on its I/O
 * thread.
 */
final class GuardedChannel extends Http2Channel {

  private static final int DATA = 0;
  private static final int SETTINGS = 4;

  /** Of how many bodies it is known that the client may still send them, after they were ended. */
  private static final int ENDED = 100;

  private final WatchedConnection connection;
  private final Resets.OfConnection resets;
  private final ProtocolErrors errors;
  private final Queue<Integer> ended = new ArrayDeque<>();
  private int resetByClient;

  // Of the frame that is parsed, or was parsed last.
  private final FrameHead head = new FrameHead();
  private boolean complete;
  private boolean first = true;

  /** How many bytes of the preface are still to come (RFC 9113 §3.4). */
  private int preface = 24;

  GuardedChannel(
      StreamConnection stream,
      ByteBufferPool buffers,
      @Nullable PooledByteBuffer read,
      OptionMap options,
      WatchedConnection connection,
      Resets.OfConnection resets,
      ProtocolErrors errors) {
    super(stream, Http2OpenListener.HTTP2, buffers, read, false, false, options);
    this.connection = connection;
    this.resets = resets;
    this.errors = errors;
    addCloseTask(closed -> resets.close());
  }

  @Override
  public synchronized @Nullable AbstractHttp2StreamSourceChannel receive() throws IOException {
    try {
      AbstractHttp2StreamSourceChannel frame = super.receive();
      if (frame instanceof Http2StreamSourceChannel request) {
        if (!hasValidValues(request.getHeaders())) {
          sendRstStream(request.getStreamId(), ERROR_PROTOCOL_ERROR);
          return null;
        }
        connection
            .streams()
            .begin(request.getStreamId(), this::getInitialSendWindowSize, () -> endBody(request));
      } else if (frame instanceof Http2RstStreamStreamSourceChannel reset) {
        resetByClient = reset.getStreamId();
        connection.streams().reset(resetByClient);
        resetByClient = 0;
        if (!resets.add()) {
          // Undertow itself answers all else that has arrived before it closes the connection.
          sendGoAway(ERROR_ENHANCE_YOUR_CALM);
          IoUtils.safeClose(this);
          return null;
        }
      }
      return frame;
    } catch (ConnectionErrorException e) {
      errors.report(e);
      throw e;
    } catch (RuntimeException e) {
      errors.report(e);
      // Does nothing if the client has been told already.
      sendGoAway(ERROR_PROTOCOL_ERROR);
      IoUtils.safeClose(this);
      return null;
    }
  }

  /** What has come of the body is read, as only that gives the client its window back. */
  private void endBody(Http2StreamSourceChannel body) {
    if (!isOpen()) {
      return;
    }
    try {
      long read;
      do {
        read = Channels.drain(body, Long.MAX_VALUE);
      } while (read > 0);
      if (read < 0) {
        return;
      }
    } catch (IOException e) {
      // The client has reset it.
      return;
    }
    if (ended.size() == ENDED) {
      ended.remove();
    }
    ended.add(body.getStreamId());
    sendRstStream(body.getStreamId(), ERROR_NO_ERROR);
  }

  /**
   * What the client sent of such a body before it knew counts for its window (RFC 9113 §5.1).
   * Undertow would end the connection for it.
   */
  @Override
  protected @Nullable AbstractHttp2StreamSourceChannel createChannel(
      FrameHeaderData frame, PooledByteBuffer data) throws IOException {
    if (head.is(DATA) && ended.contains(head.stream())) {
      updateReceiveFlowControlWindow((int) frame.getFrameLength());
      return null;
    }
    return super.createChannel(frame, data);
  }

  @Override
  public void handleWindowUpdate(int streamId, int bytes) throws IOException {
    connection.streams().open(streamId, bytes);
    super.handleWindowUpdate(streamId, bytes);
  }

  /** A reset is not answered with another one (RFC 9113 §5.4.2). */
  @Override
  public void sendRstStream(int streamId, int statusCode) {
    if (streamId != resetByClient) {
      super.sendRstStream(streamId, statusCode);
    }
  }

  /** Undertow looks at the names of fields only (RFC 9113 §8.2.1). */
  private static boolean hasValidValues(HeaderMap headers) {
    for (HeaderValues values : headers) {
      for (String value : values) {
        if (!isValid(value)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isValid(String value) {
    int last = value.length() - 1;
    for (int i = 0; i <= last; i++) {
      char c = value.charAt(i);
      boolean space = c == ' ' || c == '\t';
      if (c == '\r' || c == '\n' || c == 0 || (space && (i == 0 || i == last))) {
        return false;
      }
    }
    return true;
  }

  /** Undertow logs an error where the first frame is not the settings (RFC 9113 §3.4). */
  @Override
  protected @Nullable FrameHeaderData parseFrame(ByteBuffer data) throws IOException {
    if (complete) {
      head.clear();
      complete = false;
    }
    int skipped = Math.min(preface, data.remaining());
    head.peek(data.slice(data.position() + skipped, data.remaining() - skipped));
    preface -= skipped;
    if (first && head.isKnown() && !head.is(SETTINGS)) {
      throw new ConnectionErrorException(
          ERROR_PROTOCOL_ERROR, "the first frame does not have the settings");
    }
    FrameHeaderData frame = super.parseFrame(data);
    if (frame != null) {
      complete = true;
      first = false;
    }
    return frame;
  }
}
