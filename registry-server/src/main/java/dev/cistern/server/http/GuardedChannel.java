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
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;

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

  /** Where the type of the first frame is: after the preface and a length. */
  private static final int FIRST_TYPE = 24 + 3;

  private static final byte SETTINGS = 4;

  private final WatchedConnection connection;
  private final ProtocolErrors errors;
  private int parsed;
  private int resetByClient;

  GuardedChannel(
      StreamConnection stream,
      ByteBufferPool buffers,
      @Nullable PooledByteBuffer read,
      OptionMap options,
      WatchedConnection connection,
      ProtocolErrors errors) {
    super(stream, Http2OpenListener.HTTP2, buffers, read, false, false, options);
    this.connection = connection;
    this.errors = errors;
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
        connection.streamBegins(request.getStreamId());
      } else if (frame instanceof Http2RstStreamStreamSourceChannel reset) {
        resetByClient = reset.getStreamId();
        connection.streamIsReset(resetByClient);
        resetByClient = 0;
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
        for (int i = 0; i < value.length(); i++) {
          char c = value.charAt(i);
          if (c == '\r' || c == '\n' || c == 0) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Undertow logs an error where the first frame is not the settings (RFC 9113 §3.4). */
  @Override
  protected @Nullable FrameHeaderData parseFrame(ByteBuffer data) throws IOException {
    if (parsed > FIRST_TYPE) {
      return super.parseFrame(data);
    }
    int start = data.position();
    int type = start + FIRST_TYPE - parsed;
    if (type < data.limit() && data.get(type) != SETTINGS) {
      throw new ConnectionErrorException(
          ERROR_PROTOCOL_ERROR, "the first frame has the type " + data.get(type));
    }
    FrameHeaderData frame = super.parseFrame(data);
    parsed += data.position() - start;
    return frame;
  }
}
