package dev.cistern.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A connection that knows when its client last sent something, and since when it takes nothing.
 *
 * <p>It looks at what passes between the connection and Undertow, above TLS. Bytes of a file still
 * go from the file to the socket. Its times are written by the connection's I/O thread and read by
 * the one that looks for {@link OpenConnections overdue} connections.
 */
final class WatchedConnection {

  private final StreamConnection connection;
  private final LongSupplier nanoTime;
  private final long opened;

  private volatile boolean heard;
  private volatile long lastUse;
  private volatile boolean blocked;
  private volatile long blockedSince;
  private final AtomicInteger streams = new AtomicInteger();
  private volatile boolean multiplexed;

  /** Watches a connection that has just been accepted, and that nothing was read from yet. */
  WatchedConnection(StreamConnection connection, LongSupplier nanoTime) {
    this.connection = connection;
    this.nanoTime = nanoTime;
    opened = nanoTime.getAsLong();
    lastUse = opened;
    connection
        .getSourceChannel()
        .setConduit(new WatchedSource(connection.getSourceChannel().getConduit()));
    connection
        .getSinkChannel()
        .setConduit(new WatchedSink(connection.getSinkChannel().getConduit()));
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  void close() {
    IoUtils.safeClose(connection);
  }

  Object peer() {
    return connection.getPeerAddress();
  }

  long opened() {
    return opened;
  }

  /** Whether the client has sent anything, which over TLS means that the handshake is done. */
  boolean isHeard() {
    return heard;
  }

  /**
   * For how many nanoseconds the client has taken nothing of what it is sent; 0 when it takes it.
   */
  long blockedFor(long now) {
    return blocked ? Math.max(0, now - blockedSince) : 0;
  }

  /** For how many nanoseconds a connection of HTTP/2 has had no stream and no byte; else 0. */
  long idleFor(long now) {
    return multiplexed && streams.get() == 0 ? Math.max(0, now - lastUse) : 0;
  }

  /** A stream of HTTP/2 begins. */
  void streamBegins() {
    multiplexed = true;
    streams.incrementAndGet();
  }

  /** A stream of HTTP/2 has ended. */
  void streamEnds() {
    lastUse = nanoTime.getAsLong();
    streams.decrementAndGet();
  }

  private void received(long count) {
    if (count > 0 && (multiplexed || !heard)) {
      lastUse = nanoTime.getAsLong();
      heard = true;
    }
  }

  private void sent(boolean progress) {
    if (progress) {
      blocked = false;
    } else if (!blocked) {
      blockedSince = nanoTime.getAsLong();
      blocked = true;
    }
  }

  private final class WatchedSource extends AbstractStreamSourceConduit<StreamSourceConduit> {

    WatchedSource(StreamSourceConduit next) {
      super(next);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int count = super.read(target);
      received(count);
      return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      long count = super.read(targets, offset, length);
      received(count);
      return count;
    }
  }

  private final class WatchedSink extends AbstractStreamSinkConduit<StreamSinkConduit> {

    WatchedSink(StreamSinkConduit next) {
      super(next);
    }

    private long note(long count, boolean wanted) {
      if (wanted) {
        sent(count > 0);
      }
      return count;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      boolean wanted = source.hasRemaining();
      return (int) note(super.write(source), wanted);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      return note(super.write(sources, offset, length), true);
    }

    @Override
    public int writeFinal(ByteBuffer source) throws IOException {
      boolean wanted = source.hasRemaining();
      return (int) note(super.writeFinal(source), wanted);
    }

    @Override
    public long writeFinal(ByteBuffer[] sources, int offset, int length) throws IOException {
      return note(super.writeFinal(sources, offset, length), true);
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) throws IOException {
      return note(super.transferFrom(source, position, count), count > 0);
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through)
        throws IOException {
      return note(super.transferFrom(source, count, through), false);
    }

    @Override
    public boolean flush() throws IOException {
      boolean flushed = super.flush();
      sent(flushed);
      return flushed;
    }
  }
}
